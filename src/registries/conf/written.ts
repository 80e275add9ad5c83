import { stringify } from 'smol-toml';
import { helperProgram } from '../../resolve/auth-file.js';
import { agreeing } from './agreeing.js';
import type { RegistriesConf } from './registries-file.js';
import type { Mirror, Registry } from './registry.js';

/** Reserved for the auth files (containers-registries.conf(5)). */
const authFiles = 'containers-auth.json';

/**
 * One registries.conf that says what `conf` says, so that no podman has anything left to merge: its versions differ in
 * what they do. Of programs it has only helpers by names for which `hasProgram`: a path would lead to whatever program
 * there is, run by whoever pulls. Without any of them the auth files count, and not those helpers that podman has by
 * default.
 */
export function writtenRegistriesConf(
  conf: RegistriesConf,
  hasProgram: (program: string) => boolean,
): string {
  const helpers = conf.credentialHelpers.filter(
    (helper) => helper === authFiles || isUsable(helper, hasProgram),
  );
  return stringify({
    'unqualified-search-registries': [...conf.searchRegistries],
    'short-name-mode': conf.shortNameMode,
    'credential-helpers': helpers.length === 0 ? [authFiles] : helpers,
    aliases: Object.fromEntries(conf.aliases),
    registry: agreeing(conf.registries).map(registryTable),
  });
}

function isUsable(helper: string, hasProgram: (program: string) => boolean): boolean {
  const program = helperProgram(helper);
  return program !== undefined && hasProgram(program);
}

function registryTable({ prefix, location, insecure, blocked, mirrors }: Registry): Record<string, unknown> {
  return {
    prefix,
    // A wildcard that stays where it is has none.
    ...(location === '' ? {} : { location }),
    ...(insecure === undefined ? {} : { insecure: true }),
    ...(blocked === undefined ? {} : { blocked: true }),
    mirror: mirrors.map(mirrorTable),
  };
}

/** What stands at the registry for all of its mirrors is said at each. */
function mirrorTable({ location, insecure, serves }: Mirror): Record<string, unknown> {
  return {
    location,
    ...(insecure === undefined ? {} : { insecure: true }),
    ...(serves === 'all' ? {} : { 'pull-from-mirror': serves }),
  };
}

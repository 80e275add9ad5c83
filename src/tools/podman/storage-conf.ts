import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTable, type Table } from '../../text/toml.js';
import { listDropIns, readToml, userDirectory } from './configuration-files.js';

/**
 * The `imagestore` of storage.conf(5), which podman does not show; null where there is none. The files are
 * those of podman 5.8; older ones read only the main file, of which root's own is not one.
 * Source: go.podman.io/storage pkg/configfile/parse.go.
 */
export function configuredImageStore(
  env: NodeJS.ProcessEnv = process.env,
  uid = process.geteuid?.() ?? 0,
): string | null {
  const said = storageFiles(env, uid).flatMap((path) => {
    const { storage } = readToml(path);
    const value = isTable(storage) ? storage.imagestore : undefined;
    return typeof value === 'string' ? value : [];
  });
  return said.at(-1) || null;
}

/**
 * Whether a rootless podman finds its store by a variable, as `$HOME`, so that another value leads it to another store.
 * It looks at more files than podman does, and at comments only where they stand behind a value.
 * Source: expandEnvPath in go.podman.io/storage types/utils.go.
 */
export function followsHome(env: NodeJS.ProcessEnv = process.env, uid = process.geteuid?.() ?? 0): boolean {
  const { CONTAINERS_STORAGE_CONF: replaced, CONTAINERS_STORAGE_CONF_OVERRIDE: override } = env;
  const directories = directoriesOf(env);
  const mains = directories.map((directory) => join(directory, 'storage.conf'));
  const files = [...mains, ...dropIns(directories, uid), replaced, override];
  return files.some((path) => path && /^[^#]*\$\{?(?:HOME|XDG_CONFIG_HOME)\b/m.test(textOf(path)));
}

/**
 * Which layers podman fetches in parts: those with a table of contents, also all others, which it then converts, or none.
 * Source: pull_options in containers-storage.conf(5).
 */
export type PartialPulls = 'none' | 'chunked' | 'all';

export function partialPulls(
  env: NodeJS.ProcessEnv = process.env,
  uid = process.geteuid?.() ?? 0,
): PartialPulls {
  const said = storageFiles(env, uid).map((path) => pullOptions(readToml(path)));
  const last = (name: string) => said.findLast((options) => options[name] !== undefined)?.[name];
  if (last('enable_partial_images') !== 'true') return 'none';
  return last('convert_images') === 'true' ? 'all' : 'chunked';
}

function pullOptions({ storage }: Table): Table {
  const options = isTable(storage) ? storage.options : undefined;
  const pulls = isTable(options) ? options.pull_options : undefined;
  return isTable(pulls) ? pulls : {};
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function directoriesOf(env: NodeJS.ProcessEnv): readonly string[] {
  return [userDirectory(env), '/etc/containers', '/usr/share/containers'];
}

/** Each counts over the ones before it. */
function storageFiles(env: NodeJS.ProcessEnv, uid: number): readonly string[] {
  const { CONTAINERS_STORAGE_CONF: replaced, CONTAINERS_STORAGE_CONF_OVERRIDE: override } = env;
  const directories = directoriesOf(env);
  const main = directories.map((directory) => join(directory, 'storage.conf')).find(existsSync);
  const files = replaced ? [replaced] : [...(main === undefined ? [] : [main]), ...dropIns(directories, uid)];
  return [...files, ...(override ? [override] : [])];
}

/** Of drop-ins with the same name the first directory's counts, and its place is that of its name. */
function dropIns([user = '', ...system]: readonly string[], uid: number): readonly string[] {
  const kinds =
    uid === 0
      ? ['storage.rootful.conf.d', 'storage.conf.d']
      : [`storage.rootless.conf.d/${uid}`, 'storage.rootless.conf.d', 'storage.conf.d'];
  const directories = [
    join(user, 'storage.conf.d'),
    ...system.flatMap((directory) => kinds.map((kind) => join(directory, kind))),
  ];
  const paths = new Map(
    directories
      .toReversed()
      .flatMap((directory) => listDropIns(directory).map((name) => [name, join(directory, name)])),
  );
  return [...paths.keys()].sort().map((name) => paths.get(name) ?? '');
}

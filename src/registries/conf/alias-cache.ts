import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { formatPlace, inFile } from '../../diagnostic/place.js';
import type { Failure } from '../../model/failure.js';
import { rootPath } from '../../model/path.js';
import { describeProblem } from '../../root/problem.js';
import type { ConfRoots } from '../conf-roots.js';
import { parseRegistriesFile } from './parse.js';

const limitBytes = 1024 * 1024;

/** What podman has been told at a terminal that a short name means. */
export interface AliasCache {
  readonly aliases: readonly (readonly [string, string])[];
  /** Why podman resolves no short name at all. */
  readonly failure: Failure | undefined;
}

/**
 * Reads the file of this host in which podman keeps aliases of its own; they count before those of registries.conf.
 * Source: shortNameAliasesConfPath in go.podman.io/image pkg/sysregistriesv2/shortnames.go.
 */
export function aliasCache({ host, env, uid }: Pick<ConfRoots, 'host' | 'env' | 'uid'>): AliasCache {
  const cache =
    uid === 0 ? '/var/cache' : resolve(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'));
  const path = rootPath(`${cache}/containers/short-name-aliases.conf`);
  const read = host.readFile(path, { limitBytes });
  if (!read.ok && read.problem.kind === 'missing') return { aliases: [], failure: undefined };
  const file = read.ok
    ? ({ path, ok: true, bytes: read.bytes } as const)
    : ({ path, ok: false, problem: describeProblem(read.problem) } as const);
  const { aliases, diagnostics } = parseRegistriesFile(file, true);
  const invalid = diagnostics.find(({ severity }) => severity === 'error');
  if (invalid === undefined) return { aliases, failure: undefined };
  const message = `the short-name aliases of podman are invalid: ${formatPlace(invalid.file === null ? inFile(path) : invalid)}`;
  return {
    aliases: [],
    failure: {
      code: 'reference',
      kind: 'permanent',
      message,
      hint: `remove ${path}; podman makes it again`,
    },
  };
}

import { BoundImagesError } from '../model/error.js';
import type { Credentials, NoCredentials } from '../model/registry-source.js';
import { limitTime } from '../pull/time-limit.js';
import { helperProgram } from '../resolve/auth-file.js';
import { goFields, goString } from '../text/go-json.js';
import { parseFirstJsonTree } from '../text/json-tree.js';
import { findProgram } from '../tools/process/find-program.js';
import { run } from '../tools/process/run.js';
import { noCredentials } from './no-credentials.js';

/** A helper that has said nothing by then waits for somebody at a terminal. */
const limitMs = 60_000;

/** What a helper says where it has none (docker-credential-helpers, credentials/error.go). */
const nothingFound = 'credentials not found in native keychain';

/** The credentials that `docker-credential-NAME` has for `host[:port]`. */
export type AskHelper = (helper: string, registry: string) => Promise<Credentials | NoCredentials>;

/**
 * Asks a helper as podman does, each for a registry once: `get`, with the registry on its standard input. Only a plain
 * name is run, as a program in PATH.
 * Source: getCredsFromCredHelper in go.podman.io/image pkg/docker/config/config.go.
 */
export function credentialHelpers(env: NodeJS.ProcessEnv, signal?: AbortSignal): AskHelper {
  const asked = new Map<string, Promise<Credentials | NoCredentials>>();
  return (helper, registry) => {
    const key = JSON.stringify([helper, registry]);
    const known = asked.get(key) ?? askHelper(helper, registry, env, signal);
    asked.set(key, known);
    return known;
  };
}

async function askHelper(
  helper: string,
  registry: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<Credentials | NoCredentials> {
  const failed = (problem: string) =>
    noCredentials(
      `no credentials for ${registry}: ${problem}`,
      `see what docker-credential-${helper} says about ${registry}`,
    );
  const program = helperProgram(helper);
  if (program === undefined) return failed(`the helper “${helper}” is not a plain name, so it is not run`);
  const path = findProgram(program, env.PATH);
  if (path === undefined) return failed(`the helper ${program} is not in the PATH of this host`);
  const result = await run(path, ['get'], {
    input: registry,
    env: Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    signal: limitTime(signal ?? new AbortController().signal, limitMs),
  }).catch((error: unknown) => {
    if (error instanceof BoundImagesError && error.code !== 'tool-missing') throw error;
    return undefined;
  });
  signal?.throwIfAborted();
  if (result === undefined) return failed(`${program} cannot be started`);
  if (result.stopped) return failed(`${program} took longer than ${limitMs / 1000} s`);
  if (result.exitCode !== 0) {
    if (result.stdout.trim() === nothingFound) return { kind: 'anonymous' };
    return failed(`${program} failed (${result.signal ?? `status ${result.exitCode}`})`);
  }
  // What it has said may be a secret whatever it is, and is repeated nowhere.
  const answer = parseFirstJsonTree(result.stdout);
  const fields = answer.ok ? goFields(answer.root, ['Username', 'Secret']) : undefined;
  if (fields === undefined) return failed(`${program} did not answer with a JSON object`);
  const username = goString(fields.Username);
  const secret = goString(fields.Secret);
  if (username === undefined || secret === undefined)
    return failed(`${program} did not answer with a name and a secret`);
  if (username === '<token>')
    return secret === '' ? { kind: 'anonymous' } : { kind: 'identity-token', token: secret };
  if (username === '' && secret === '') return { kind: 'anonymous' };
  return { kind: 'password', username, password: secret };
}

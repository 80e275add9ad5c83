import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Credentials, NoCredentials } from '../model/registry-source.js';
import type { AuthFile } from '../model/resolved-image.js';
import { parseAuthFile, parseLegacyAuthFile } from '../resolve/auth-file.js';
import { errnoCode, errnoReason } from '../text/errno.js';
import type { OwnAuthFile } from '../tools/podman/own-auth-files.js';
import type { AskHelper } from './credential-helper.js';
import { noCredentials } from './no-credentials.js';

/** An auth file as podman reads it, or why it cannot; `undefined` where there is none. */
export type ReadAuthFile = () => AuthFile | NoCredentials | undefined;

/** Reserved for the auth files (containers-registries.conf(5)). */
const authFiles = 'containers-auth.json';

/**
 * The credentials that podman finds for `registry/repository`: each of the helpers of registries.conf is asked until one
 * has any; for the auth files, each until one has an entry. What cannot be had is an error where nobody else has any.
 * Source: getCredentialsWithHomeDir in go.podman.io/image pkg/docker/config/config.go.
 */
export async function findCredentials(
  name: string,
  helpers: readonly string[],
  files: readonly ReadAuthFile[],
  askHelper: AskHelper,
): Promise<Credentials | NoCredentials> {
  const [registry = ''] = name.split('/', 1);
  let failed: NoCredentials | undefined;
  for (const helper of helpers) {
    const found =
      helper === authFiles
        ? await findInFiles(name, registry, files, askHelper)
        : await askHelper(helper, registry);
    if (found.kind === 'failed') failed ??= found;
    else if (found.kind !== 'anonymous') return found;
  }
  return failed ?? { kind: 'anonymous' };
}

async function findInFiles(
  name: string,
  registry: string,
  files: readonly ReadAuthFile[],
  askHelper: AskHelper,
): Promise<Credentials | NoCredentials> {
  for (const read of files) {
    const file = read();
    if (file === undefined) continue;
    if ('kind' in file) return file;
    const stored = file.stored(name);
    if (stored.kind === 'invalid')
      return noCredentials(`the “auth” of the entry for ${registry} is not base64`, 'log in again');
    if (stored.kind === 'helper') {
      const found = await askHelper(stored.helper, registry);
      if (found.kind !== 'anonymous') return found;
    } else if (stored.kind !== 'none') return stored;
  }
  return { kind: 'anonymous' };
}

/** What a text says that podman gets as an auth file. */
export function authFileOf(text: string): ReadAuthFile {
  return once(() => {
    const parsed = parseAuthFile(Buffer.from(text));
    return parsed.ok
      ? parsed.authFile
      : noCredentials(`an auth file cannot be read: ${parsed.problem}`, null);
  });
}

/** Larger than any auth file, in bytes. */
const limitBytes = 1024 * 1024;

/** One of podman's own files, read when it is first asked for. */
export function ownAuthFile({ path, isLegacy }: OwnAuthFile): ReadAuthFile {
  const failed = (problem: string) =>
    noCredentials(`${path} cannot be read: ${problem}`, `put ${path} in order, or remove it`);
  return once(() => {
    let fd: number | undefined;
    try {
      // O_NONBLOCK: a FIFO in its place would otherwise be waited for.
      fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
      const stats = fstatSync(fd);
      if (!stats.isFile()) return failed('it is not a regular file');
      if (stats.size > limitBytes) return failed(`it is larger than ${limitBytes / 1024} KiB`);
      const parsed = (isLegacy ? parseLegacyAuthFile : parseAuthFile)(readFileSync(fd));
      return parsed.ok ? parsed.authFile : failed(parsed.problem);
    } catch (error) {
      return errnoCode(error) === 'ENOENT' ? undefined : failed(errnoReason(error));
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  });
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}

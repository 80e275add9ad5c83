import { createHash, type Hash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fsPath, type HostPath } from '../model/path.js';
import type { Payload } from '../model/payload.js';
import { errnoCode } from '../text/errno.js';
import { formatBytes } from '../text/format.js';
import { printable } from '../text/printable.js';
import { syncDirectory } from '../tools/files/directories.js';
import { writeFailure } from '../tools/files/write-failure.js';
import { flushFileSystems } from '../tools/process/flush.js';
import { nameIn, PayloadProblem, refused } from './problem.js';

/** What of a payload the files on this host depend on. */
export type Wanted = Pick<Payload, 'source' | 'maxBytes' | 'mode' | 'digest'>;

/** What was taken, and is on the disk. */
export interface Taken {
  readonly kind: 'file' | 'directory';
  /** Of all files together. */
  readonly bytes: number;
  readonly files: number;
  /** `sha256:HEX` of a file; null for a directory. */
  readonly digest: string | null;
}

/**
 * Where what is taken goes. Paths are relative to it, in the form of LayerEntry; '' is the whole: a file, or the
 * directory that it was found to be.
 */
export interface Output {
  /**
   * @param size of all pieces, where it is known without them
   * @throws PayloadProblem when there is more than is taken, or it cannot be written; what `pieces` throws.
   */
  file(path: string, isExecutable: boolean, pieces: AsyncIterable<Buffer>, size?: number): Promise<void>;
  directory(path: string): void;
  /** @throws PayloadProblem for a link that leads out of it. */
  symlink(path: string, target: string): void;
  /** Another name for a file that was taken. */
  copy(path: string, of: string): Promise<void>;
}

export interface StagedOutput extends Output {
  /** Puts it in its place. @throws PayloadProblem, and then what was there is still there. */
  commit(): Promise<Taken>;
  /** Leaves nothing. Never throws. */
  discard(): void;
}

/** Far more than any payload needs, and little memory for their names. */
export const mostEntries = 100_000;
/** PATH_MAX of Linux (include/uapi/linux/limits.h). */
const longestTarget = 4095;
const writeBytes = 1024 * 1024;
/** What a run that was killed has left. One that is at work writes all the time. */
const leftoverMs = 60 * 60 * 1000;

/**
 * Writes what is taken beside `to` under another name, which becomes `to` when all is there. A file takes the place of a
 * file, a directory that of nothing or of an empty one. Directories on the way are made by nobody but us, and no link is
 * followed.
 *
 * @throws PayloadProblem where something else is at `to`.
 */
export function stageOutput(to: string, wanted: Omit<Wanted, 'source'>): StagedOutput {
  const { maxBytes, mode, digest } = wanted;
  const parent = dirname(to);
  const temporary = join(parent, `.${basename(to)}.${randomBytes(6).toString('hex')}.tmp`);
  const kinds = new Map<string, Made>();
  let bytes = 0;
  let files = 0;
  let hash: Hash | undefined;
  writing(() => removeLeftovers(to));
  requirePlace(to);

  /** A name for `path` behind which nothing but what we have made is on the way. */
  function claim(path: string, kind: Made): string | Buffer {
    const known = kinds.get(path);
    if (known !== undefined) throw refused('unpacking', `${nameIn(path)} is in it twice`);
    if (kinds.size >= mostEntries) throw tooMany();
    if (path !== '') makeDirectories(parentIn(path));
    kinds.set(path, kind);
    return hostName(path);
  }

  function hostName(path: string): string | Buffer {
    return fsPath((path === '' ? temporary : `${temporary}/${path}`) as HostPath);
  }

  function makeDirectories(path: string): void {
    const missing: string[] = [];
    for (let at = path; !kinds.has(at); at = parentIn(at)) {
      missing.push(at);
      if (at === '') break;
    }
    const known = missing.length === 0 ? path : parentIn(missing.at(-1) ?? '');
    const kind = missing.at(-1) === '' ? 'directory' : kinds.get(known);
    if (kind !== 'directory')
      throw refused('unpacking', `${nameIn(path)} is below something that is no directory`);
    for (const each of missing.reverse()) {
      if (kinds.size >= mostEntries) throw tooMany();
      kinds.set(each, 'directory');
      writing(() => {
        mkdirSync(hostName(each), { mode: each === '' ? 0o700 : 0o755 });
        // Whatever the umask; the whole is opened to others once it is in its place.
        if (each !== '') chmodSync(hostName(each), 0o755);
      });
    }
  }

  async function file(path: string, isExecutable: boolean, pieces: AsyncIterable<Buffer>): Promise<void> {
    const name = claim(path, 'file');
    const own = path === '' ? createHash('sha256') : undefined;
    hash = own ?? hash;
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const handle = await writingLater(open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
    try {
      files += 1;
      for await (const chunk of joined(pieces)) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        own?.update(chunk);
        await writingLater(writeAll(handle, chunk));
      }
      await writingLater(handle.chmod(mode ?? (isExecutable ? 0o755 : 0o644)));
      if (path === '') await writingLater(handle.sync());
    } finally {
      await handle.close();
    }
  }

  return {
    file,
    directory: (path) => {
      if (kinds.get(path) !== 'directory') makeDirectories(path);
    },
    symlink: (path, target) => {
      requireInside(path, target);
      const name = claim(path, 'symlink');
      writing(() => symlinkSync(fsPath(target as HostPath), name));
    },
    copy: async (path, of) => {
      if (kinds.get(of) !== 'file') throw new Error('what is copied was not taken');
      const source = await writingLater(open(hostName(of), constants.O_RDONLY | constants.O_NOFOLLOW));
      try {
        const stats = await source.stat();
        await file(path, (stats.mode & 0o111) !== 0, source.createReadStream({ autoClose: false }));
      } finally {
        await source.close();
      }
    },
    commit: async () => {
      const kind = kinds.get('');
      if (kind === undefined || kind === 'symlink') throw new Error('nothing was taken');
      const own = hash === undefined ? null : `sha256:${hash.digest('hex')}`;
      if (digest !== undefined && own !== digest) {
        const found = own === null ? 'it is a directory, which has no digest' : `it is ${own}`;
        throw refused('corrupt', `it is not the file that is wanted: ${found}, and ${digest} is wanted`);
      }
      if (kind === 'directory') {
        writing(() => chmodSync(temporary, 0o755));
        await flushFileSystems([temporary]);
      }
      requirePlace(to, kind);
      writing(() => {
        renameSync(temporary, to);
        syncDirectory(parent);
      });
      return { kind, bytes, files, digest: own };
    },
    discard: () => {
      try {
        rmSync(temporary, { recursive: true, force: true });
      } catch {
        // A later run removes it.
      }
    },
  };
}

type Made = 'file' | 'directory' | 'symlink';

/** More files, directories and links than are taken. */
export function tooMany(): PayloadProblem {
  return refused('oversized', `it has more than ${mostEntries} entries`);
}

export function tooLarge(maxBytes: number): PayloadProblem {
  return new PayloadProblem({
    code: 'oversized',
    kind: 'permanent',
    message: `it is larger than ${formatBytes(maxBytes)}, and no more is taken`,
    hint: 'take more of it, if it may be as large',
    reason: { kind: 'payload-size' },
  });
}

function parentIn(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/**
 * A link may climb from where it is, and then only descend: so that it stays inside whatever other links it goes through.
 */
function requireInside(path: string, target: string): void {
  const names = target.split('/').filter((name) => name !== '' && name !== '.');
  const depth = path.split('/').length - 1;
  const climbs = names.findIndex((name) => name !== '..');
  const up = climbs === -1 ? names.length : climbs;
  const isInside = !target.startsWith('/') && up <= depth && !names.slice(up).includes('..');
  if (isInside && path !== '' && target !== '' && !target.includes('\0') && target.length <= longestTarget)
    return;
  throw refused('unpacking', `${nameIn(path)} is a link to ${shownTarget(target)}, which may lead out of it`);
}

const shownTarget = (target: string) => `“${printable(target.slice(0, 200))}”`;

/** @throws PayloadProblem */
function requirePlace(to: string, kind?: Taken['kind']): void {
  const there = writing(() => lstatSync(to, { throwIfNoEntry: false }));
  if (there === undefined) return;
  if (there.isFile() && kind !== 'directory') return;
  if (there.isDirectory() && kind !== 'file' && writing(() => readdirSync(to)).length === 0) return;
  const what = there.isFile()
    ? 'is a file, where a directory is to be'
    : there.isDirectory()
      ? kind === 'file'
        ? 'is a directory, where a file is to be'
        : 'is a directory that is not empty'
      : 'is neither a file nor a directory';
  throw refused('unknown', `${printable(to)} ${what}`, 'name a file, or what is not there yet');
}

/** What a run left that was killed while it wrote the same. */
function removeLeftovers(to: string): void {
  const [parent, prefix] = [dirname(to), `.${basename(to)}.`];
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix) || !/^[\da-f]{12}\.tmp$/.test(name.slice(prefix.length))) continue;
    const path = join(parent, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > leftoverMs)
      rmSync(path, { recursive: true, force: true });
  }
}

/** Small pieces as few large ones. */
async function* joined(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    length += piece.length;
    if (length < writeBytes) continue;
    yield whole(waiting);
    waiting = [];
    length = 0;
  }
  if (length > 0) yield whole(waiting);
}

function whole(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
}

/** @throws PayloadProblem for an error of a system call. */
function writing<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw writeProblem(error);
  }
}

async function writingLater<T>(action: Promise<T>): Promise<T> {
  return await action.catch((error: unknown) => {
    throw writeProblem(error);
  });
}

function writeProblem(error: unknown): unknown {
  if (errnoCode(error) === undefined) return error;
  const failure = writeFailure(error);
  return new PayloadProblem({ ...failure, message: `it cannot be written: ${failure.message}` });
}

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open as openFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestFault } from '../../model/reference/digest.js';
import { errnoCode } from '../../text/errno.js';
import { readJson } from '../../text/json.js';
import { count, object, text } from '../../text/shape.js';
import { makeDirectory } from '../files/directories.js';
import type { BlobBytes } from './blob-bytes.js';
import { type FileBytes, fileBytes } from './part-file.js';

/** Parts of blobs, kept for this run and the next ones. */
export interface Parts {
  /** How much of a blob is kept, in bytes. */
  kept(digest: string): number;
  /**
   * The part of a blob, which is made where there is none.
   *
   * @param isFlushed it is worth being kept over a power cut
   * @throws the error of the system call
   */
  open(digest: string, isFlushed: boolean, onWritten: () => void): BlobBytes;
  remove(digest: string): void;
  /** Flushes what is written to parts that are worth it. Never throws. */
  flush(): void;
}

/** What lies beside a part: how much of it is on the disk whatever happens, and in which boot it was written. */
interface Journal {
  readonly boot: string;
  readonly flushed: number;
}

// O_NONBLOCK: a FIFO in its place would otherwise be waited for.
const openFlags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const journalSuffix = '.journal';
const temporarySuffix = '.tmp';
const longestJournal = 1024;

/** The name of a part, below the directory. */
export function partName(digest: string): string {
  return digest.replace(':', '-');
}

/**
 * The parts in a directory that only one process uses at a time. A part that was written since the machine was booted
 * counts as it is: what a process wrote stays when it is killed. Of one that is older, the power may have taken what
 * its journal does not say.
 */
export function openParts(directory: string, boot: string): Parts {
  const lengths = new Map(found(directory, boot));
  const open = new Set<FileBytes>();
  const spare: Buffer[] = [];
  return {
    kept: (digest) => lengths.get(digest) ?? 0,
    open: (digest, isFlushed, onWritten) => {
      const path = join(directory, partName(digest));
      makeDirectory(directory);
      const { fd, length, flushed } = opened(path, lengths.get(digest) ?? 0);
      try {
        ftruncateSync(fd, length);
        writeJournal(path, { boot, flushed });
      } catch (error) {
        closeSync(fd);
        throw error;
      }
      const file: FileBytes = fileBytes(
        {
          fd,
          length,
          flushed,
          onFlushed: isFlushed
            ? (bytes, isRemoved) => writeFlushedJournal(path, { boot, flushed: bytes }, isRemoved)
            : undefined,
          remove: () => {
            lengths.delete(digest);
            removePart(path);
          },
          onClosed: () => open.delete(file),
        },
        spare,
        onWritten,
      );
      open.add(file);
      return file;
    },
    remove: (digest) => {
      lengths.delete(digest);
      removePart(join(directory, partName(digest)));
    },
    flush: () => {
      for (const file of open) void file.flush();
    },
  };
}

/** A part with so many bytes that count, or a new one where it has gone. */
function opened(path: string, length: number): { fd: number; length: number; flushed: number } {
  if (length > 0) {
    try {
      const fd = openSync(path, openFlags);
      if (fstatSync(fd).size >= length) {
        return { fd, length, flushed: Math.min(readJournal(path).flushed, length) };
      }
      closeSync(fd);
    } catch (error) {
      if (errnoCode(error) !== 'ENOENT') throw error;
    }
  }
  removePart(path);
  const fd = openSync(path, openFlags | constants.O_CREAT | constants.O_EXCL, 0o600);
  return { fd, length: 0, flushed: 0 };
}

/** What was kept of a blob. */
export interface KeptPart {
  /** `algorithm:hex`. */
  readonly digest: string;
  /** So many of its bytes count. */
  readonly bytes: number;
  /** When something was added to it last, in milliseconds since 1970. */
  readonly changedMs: number;
}

/** The parts in a directory, without changing anything, sorted by digest. What cannot be read is none. */
export function listParts(directory: string, boot: string): readonly KeptPart[] {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  return names.toSorted().flatMap((name) => {
    const digest = name.replace('-', ':');
    const path = join(directory, name);
    const stats = digestFault(digest, 0) === null ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
    return stats === undefined ? [] : { digest, bytes: lengthOf(path, boot), changedMs: stats.mtimeMs };
  });
}

/** Removes a part that no relay uses. What cannot be removed stays. */
export function removeKept(directory: string, digest: string): void {
  removePart(join(directory, partName(digest)));
}

/** The digests of the parts that count, with their lengths. The others are removed, as far as possible. */
function* found(directory: string, boot: string): Iterable<readonly [string, number]> {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch {
    return;
  }
  for (const name of names) {
    const path = join(directory, name);
    const digest = name.replace('-', ':');
    if (digestFault(digest, 0) !== null) {
      const of = name.endsWith(journalSuffix) ? name.slice(0, -journalSuffix.length) : undefined;
      if (name.endsWith(temporarySuffix) || (of !== undefined && !names.includes(of))) removeFile(path);
      continue;
    }
    const length = lengthOf(path, boot);
    if (length > 0) yield [digest, length];
    else removePart(path);
  }
}

/** How much of a part counts, in bytes. */
function lengthOf(path: string, boot: string): number {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile() || stats.uid !== process.geteuid?.() || stats.nlink !== 1)
    return 0;
  const journal = readJournal(path);
  return journal.boot === boot ? stats.size : Math.min(stats.size, journal.flushed);
}

const journalShape = object<Journal>({ boot: text, flushed: count });

/** Nothing counts where there is none that can be read. */
function readJournal(path: string): Journal {
  const none = { boot: '', flushed: 0 };
  let fd: number | undefined;
  try {
    fd = openSync(`${path}${journalSuffix}`, constants.O_RDONLY | (openFlags & ~constants.O_RDWR));
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.size > longestJournal) return none;
    const read = readJson(journalShape, readFileSync(fd, 'utf8'));
    return read.kind === 'fits' ? read.value : none;
  } catch {
    return none;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** In which boot the part is written is to be known when the process is killed, not after a power cut. */
function writeJournal(path: string, journal: Journal): void {
  const temporary = `${path}${journalSuffix}${temporarySuffix}`;
  removeFile(temporary);
  writeFileSync(temporary, journalText(journal), { flag: 'wx', mode: 0o600 });
  renameSync(temporary, `${path}${journalSuffix}`);
}

/** The bytes that it speaks of are on the disk already. */
async function writeFlushedJournal(path: string, journal: Journal, isRemoved: () => boolean): Promise<void> {
  const temporary = `${path}${journalSuffix}${temporarySuffix}`;
  removeFile(temporary);
  const file = await openFile(temporary, 'wx', 0o600);
  try {
    await file.writeFile(journalText(journal));
    await file.datasync();
  } finally {
    await file.close();
  }
  if (isRemoved()) return removeFile(temporary);
  await rename(temporary, `${path}${journalSuffix}`);
  const opened = await openFile(dirname(path), 'r');
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

function journalText(journal: Journal): string {
  return `${JSON.stringify(journal)}\n`;
}

/** The journal first: without one, nothing of a part counts. */
function removePart(path: string): void {
  removeFile(`${path}${journalSuffix}`);
  removeFile(path);
}

function removeFile(path: string): void {
  try {
    rmSync(path, { force: true, recursive: true });
  } catch {
    // It is in nobody's way but of a blob that needs the name, which says so.
  }
}

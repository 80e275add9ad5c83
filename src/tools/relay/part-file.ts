import { close, fdatasync, read, writev } from 'node:fs';
import { promisify } from 'node:util';
import { type BlobBytes, readBytes } from './blob-bytes.js';
import { newChunks } from './chunks.js';

const writeAt = promisify(writev);
const readAt = promisify(read);
const flush = promisify(fdatasync);
const closeFile = promisify(close);

export interface PartFile {
  readonly fd: number;
  /** So many bytes of it count. */
  readonly length: number;
  /** So many of them are on the disk, whatever happens. */
  readonly flushed: number;
  /** Writes down that so many bytes of it lie on the disk; undefined for one that is not worth it. */
  readonly onFlushed: ((bytes: number, isRemoved: () => boolean) => Promise<void>) | undefined;
  readonly remove: () => void;
  readonly onClosed: () => void;
}

/** After so many bytes, or when it is asked for, what was written is flushed to the disk. */
const flushBytes = 32 * 1024 * 1024;
/** Of one blob, in memory. */
const mostWaiting = 16 * 1024 * 1024;
/** One system call takes so many pieces (IOV_MAX). */
const mostPieces = 1024;

export interface FileBytes extends BlobBytes {
  /** Flushes what has been written, where that is worth it. Never throws. */
  flush(): Promise<void>;
}

/** A blob in a file, to which what comes is appended in the background. `onWritten` is called now and then. */
export function fileBytes(part: PartFile, onWritten: () => void): FileBytes {
  const { fd, length, onFlushed, onClosed } = part;
  let chunks = newChunks(length);
  let failure: unknown;
  let writing: Promise<void> | undefined;
  let flushing: Promise<void> | undefined;
  let { flushed } = part;
  let isRemoved = false;
  let isClosed = false;

  async function write(): Promise<void> {
    while (chunks.end > chunks.start && !isClosed) {
      const { start } = chunks;
      try {
        const pieces = chunks.from(start, 4 * readBytes).slice(0, mostPieces);
        // What was written only in part, is written from its beginning again.
        let at = start;
        let rest: readonly Buffer[] = pieces;
        while (rest.length > 0) {
          const { bytesWritten } = await writeAt(fd, rest as Buffer[], at);
          at += bytesWritten;
          rest = behind(rest, bytesWritten);
        }
        chunks.dropBefore(at);
      } catch (error) {
        failure = error;
        chunks = newChunks(start);
      }
      onWritten();
      if (chunks.start - flushed >= flushBytes) void flushWritten();
    }
  }

  function flushWritten(): Promise<void> {
    if (onFlushed === undefined || isRemoved || isClosed) return Promise.resolve();
    flushing ??= (async () => {
      const { start } = chunks;
      try {
        if (start > flushed) {
          await flush(fd);
          await onFlushed(start, () => isRemoved);
          flushed = start;
        }
      } catch {
        // It counts for less after a power cut.
      } finally {
        flushing = undefined;
      }
    })();
    return flushing;
  }

  return {
    start: 0,
    get end() {
      return chunks.end;
    },
    get waiting() {
      return chunks.end - chunks.start;
    },
    get isFull() {
      return chunks.end - chunks.start >= mostWaiting;
    },
    get failure() {
      return failure;
    },
    append: (chunk) => {
      failure = undefined;
      chunks.append(chunk);
      writing ??= write().finally(() => {
        writing = undefined;
      });
    },
    read: (at, buffer) => {
      if (at >= chunks.start) return chunks.from(at, readBytes);
      const into = buffer();
      const most = Math.min(into.length, chunks.start - at);
      return readAt(fd, into, 0, most, at).then(({ bytesRead }) => {
        if (bytesRead === 0) throw new Error('the file is shorter than it was');
        return [into.subarray(0, bytesRead)];
      });
    },
    taken: () => undefined,
    settled: async () => await writing,
    flush: flushWritten,
    remove: () => {
      isRemoved = true;
      part.remove();
    },
    close: async () => {
      await writing;
      if (isClosed) return;
      isClosed = true;
      onClosed();
      await flushing;
      await closeFile(fd).catch(() => undefined);
    },
  };
}

/** The pieces without their first bytes. */
function behind(pieces: readonly Buffer[], bytes: number): readonly Buffer[] {
  let left = bytes;
  const index = pieces.findIndex(({ length }) => {
    if (length > left) return true;
    left -= length;
    return false;
  });
  if (index === -1) return [];
  const [first, ...others] = pieces.slice(index);
  return first === undefined ? [] : [first.subarray(left), ...others];
}

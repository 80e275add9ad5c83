import { close, fdatasync, read, write as writeFile } from 'node:fs';
import { promisify } from 'node:util';
import type { BlobBytes } from './blob-bytes.js';
import { freeChunk } from './free-chunk.js';

const writeAt = promisify(writeFile);
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

/** Of one blob, in memory. */
const mostWaiting = 4 * 1024 * 1024;
/** What comes is written so much at a time, or after so long: each write and each read wakes other threads. */
const batchBytes = 256 * 1024;
const batchMs = 10;

export interface FileBytes extends BlobBytes {
  /** Flushes what has been written, where that is worth it. Never throws. */
  flush(): Promise<void>;
}

/** Bytes that wait for being written. */
interface Batch {
  readonly buffer: Buffer;
  length: number;
}

/**
 * A blob in a file, to which what comes is appended in the background, and from which alone it is read.
 *
 * @param spare buffers that are free, for this file and others: made anew for each piece of a blob, they would keep the
 * garbage collector busy for longer than the rest of the way takes
 * @param onWritten called when more can be read, or could not be written
 */
export function fileBytes(part: PartFile, spare: Buffer[], onWritten: () => void): FileBytes {
  const { fd, length, onFlushed, onClosed } = part;
  let batches: Batch[] = [];
  let written = length;
  let end = length;
  let failure: unknown;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let flushing: Promise<void> | undefined;
  let { flushed } = part;
  let isRemoved = false;
  let isClosed = false;

  function put(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      let last = batches.at(-1);
      if (last === undefined || last.length === last.buffer.length) {
        last = { buffer: spare.pop() ?? Buffer.allocUnsafeSlow(batchBytes), length: 0 };
        batches.push(last);
      }
      const copied = chunk.copy(last.buffer, last.length, at);
      last.length += copied;
      at += copied;
    }
    end += chunk.length;
  }

  /** Writes what waits, batch by batch, as long as there are whole ones. */
  async function write(): Promise<void> {
    do {
      const batch = batches.shift();
      if (batch === undefined) return;
      try {
        for (let at = 0; at < batch.length; ) {
          const { bytesWritten } = await writeAt(fd, batch.buffer, at, batch.length - at, written + at);
          at += bytesWritten;
        }
        written += batch.length;
        spare.push(batch.buffer);
      } catch (error) {
        failure = error;
        batches = [];
        end = written;
      }
      onWritten();
    } while (end - written >= batchBytes);
  }

  function startWriting(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing ??= write().finally(() => {
      writing = undefined;
      schedule();
    });
    return writing;
  }

  function schedule(): void {
    if (writing !== undefined || end === written) return;
    if (end - written >= batchBytes) void startWriting();
    else timer ??= setTimeout(startWriting, batchMs);
  }

  async function settled(): Promise<void> {
    while (writing !== undefined || end > written) await startWriting();
  }

  return {
    start: 0,
    get end() {
      return end;
    },
    get readable() {
      return written;
    },
    get waiting() {
      return end - written;
    },
    get isFull() {
      return end - written >= mostWaiting;
    },
    get failure() {
      return failure;
    },
    append: (chunk) => {
      if (isClosed) return;
      failure = undefined;
      put(chunk);
      freeChunk(chunk);
      schedule();
    },
    read: async (at, buffer) => {
      const into = buffer();
      const { bytesRead } = await readAt(fd, into, 0, Math.min(into.length, written - at), at);
      if (bytesRead === 0) throw new Error('the file is shorter than it was');
      return [into.subarray(0, bytesRead)];
    },
    taken: () => undefined,
    settled,
    flush: flushWritten,
    remove: () => {
      isRemoved = true;
      part.remove();
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await settled();
      onClosed();
      await flushing;
      await closeFile(fd).catch(() => undefined);
    },
  };

  function flushWritten(): Promise<void> {
    if (onFlushed === undefined || isRemoved || isClosed) return Promise.resolve();
    flushing ??= (async () => {
      const upTo = written;
      try {
        if (upTo > flushed) {
          await flush(fd);
          await onFlushed(upTo, () => isRemoved);
          flushed = upTo;
        }
      } catch {
        // It counts for less after a power cut.
      } finally {
        flushing = undefined;
      }
    })();
    return flushing;
  }
}

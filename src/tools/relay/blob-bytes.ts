import { newChunks } from './chunks.js';

/** The bytes of a blob that are here: its first ones, or some in its middle. */
export interface BlobBytes {
  /** Those from `start` up to `end` are here, and up to `readable` they can be read. */
  readonly start: number;
  readonly readable: number;
  readonly end: number;
  /** So many wait in memory for being written, or taken. */
  readonly waiting: number;
  /** They are so many that whoever appends has to wait. */
  readonly isFull: boolean;
  /** They could not be written. What comes next is tried again. */
  readonly failure: unknown;
  /** Takes a chunk over: its memory may be free afterwards. */
  append(chunk: Buffer): void;
  /** Some from a position on, at least one; `buffer` may be filled with them. */
  read(at: number, buffer: () => Buffer): readonly Buffer[] | Promise<readonly Buffer[]>;
  /** The only reader has what comes before a position. */
  taken(at: number): void;
  /** Once nothing waits to be written any longer. */
  settled(): Promise<void>;
  /** They are no longer wanted by anybody who comes now; whoever reads them may go on. */
  remove(): void;
  /** Nobody reads or writes any longer. */
  close(): Promise<void>;
}

/** So much is handed on at once. */
export const readBytes = 1024 * 1024;
/** Of one blob that passes through. */
const mostPassing = 8 * 1024 * 1024;

/** All of a small blob. `onGone` is called once, when they are gone. */
export function memoryBytes(onGone: () => void): BlobBytes {
  const chunks = newChunks(0);
  let isGone = false;
  const remove = () => {
    if (!isGone) onGone();
    isGone = true;
  };
  return {
    start: 0,
    get readable() {
      return chunks.end;
    },
    get end() {
      return chunks.end;
    },
    waiting: 0,
    isFull: false,
    failure: undefined,
    append: (chunk) => {
      // A chunk may be a small piece of what was read from a socket at once.
      chunks.append(chunk.length * 2 < chunk.buffer.byteLength ? Buffer.from(chunk) : chunk);
    },
    read: (at) => chunks.from(at, readBytes),
    taken: () => undefined,
    settled: async () => undefined,
    remove,
    close: async () => remove(),
  };
}

/** What passes through memory to one reader, behind what is kept of the blob. */
export function passingBytes(kept: BlobBytes | undefined, onRoom: () => void): BlobBytes {
  const keptEnd = kept?.end ?? 0;
  const chunks = newChunks(keptEnd);
  return {
    get start() {
      return chunks.start === keptEnd ? (kept?.start ?? 0) : chunks.start;
    },
    get readable() {
      return chunks.end;
    },
    get end() {
      return chunks.end;
    },
    get waiting() {
      return chunks.end - chunks.start;
    },
    get isFull() {
      return chunks.end - chunks.start >= mostPassing;
    },
    failure: undefined,
    append: chunks.append,
    read: (at, buffer) =>
      kept !== undefined && at < keptEnd ? kept.read(at, buffer) : chunks.from(at, readBytes),
    taken: (at) => {
      chunks.dropBefore(at);
      onRoom();
    },
    settled: async () => undefined,
    remove: () => kept?.remove(),
    close: async () => await kept?.close(),
  };
}

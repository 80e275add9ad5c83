import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** What a reader may be behind, in bytes; more of what is no result is dropped, in whole writes. */
const limitBytes = 1024 * 1024;

/**
 * A writer for what nobody has to read: it never blocks, and what a reader leaves unread is not kept without bound.
 */
export function droppingWriter(stream: Writable): (text: string) => void {
  return (text) => {
    if (stream.writableLength < limitBytes) writeInParts(stream, text);
  };
}

/** So that one can see that a slow reader goes on reading. */
const partBytes = 16 * 1024;

/** Writes text whole, whoever reads it. */
export function writeInParts(stream: Writable, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += partBytes) stream.write(bytes.subarray(at, at + partBytes));
}

/** Descriptors that somebody gave us, as streams of this process: one for each. */
const given = new Map<number, Writable>();

/** A stream to an open file descriptor. A pipe is written to when there is room in it, by no thread that waits for that. */
export function streamTo(fd: number): Writable {
  const known = given.get(fd);
  if (known !== undefined) return known;
  const status = fstatSync(fd);
  const stream =
    status.isFIFO() || status.isSocket()
      ? new Socket({ fd, readable: false, writable: true })
      : createWriteStream('', { fd, autoClose: false });
  stream.on('error', () => {
    // Nobody reads any more; the pulls go on.
  });
  given.set(fd, stream);
  return stream;
}

/** How long no reader may read anything before what is left for them is dropped. */
const patienceMs = 2000;
const lookMs = 10;

/**
 * Waits until what was written is read: what is no result as long as its readers go on reading, the result until
 * `limit` says no more, if there is such a limit; without one, until it is read.
 *
 * @returns whether the result was read
 */
export async function untilRead(limit: AbortSignal | 'patience'): Promise<boolean> {
  let before = Infinity;
  let since = performance.now();
  for (;;) {
    const result = process.stdout.writableLength;
    const rest = [process.stderr, ...given.values()].reduce((sum, each) => sum + each.writableLength, 0);
    if (result + rest === 0) return true;
    if (result + rest !== before) since = performance.now();
    before = result + rest;
    const isPatient = performance.now() - since < patienceMs;
    if (!isPatient && (result === 0 || limit === 'patience')) return result === 0;
    if (limit !== 'patience' && limit.aborted) return result === 0;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

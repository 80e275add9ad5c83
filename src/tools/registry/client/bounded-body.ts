import type { Readable } from 'node:stream';
import type { Timer } from '../../../model/ports.js';

export type ReadBody =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'broken'; readonly error: unknown };

/** Reads a body of at most `limit` bytes; of a longer one no more than a chunk beyond. Whatever happens, it is closed. */
export async function readBody(body: Readable, limit: number, signal: AbortSignal): Promise<ReadBody> {
  const chunks: Buffer[] = [];
  let length = 0;
  const stop = () => body.destroy(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) return { kind: 'too-long' };
      chunks.push(chunk);
    }
    return { kind: 'read', bytes: Buffer.concat(chunks) };
  } catch (error) {
    return { kind: 'broken', error };
  } finally {
    signal.removeEventListener('abort', stop);
    body.on('error', () => undefined).destroy();
  }
}

/** The beginning of a body, as far as it comes before `signal` ends. */
export async function readBeginning(body: Readable, limit: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  const stop = () => body.destroy(new Error('stopped'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= limit) break;
    }
  } catch {
    // What has come counts.
  } finally {
    signal.removeEventListener('abort', stop);
    body.on('error', () => undefined).destroy();
  }
  return Buffer.concat(chunks).subarray(0, limit);
}

/** Of a body that nobody wants, so much is read, and for so long, to keep its connection. */
const unwantedLimit = 64 * 1024;
const unwantedLimitMs = 2_000;

export async function discard(body: Readable, timer: Timer, signal: AbortSignal): Promise<void> {
  await readBeginning(body, unwantedLimit, timer.limit(signal, unwantedLimitMs));
}

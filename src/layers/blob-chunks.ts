import { createHash } from 'node:crypto';
import { backoffMs } from '../model/backoff.js';
import type { Failure } from '../model/failure.js';
import type { Random, Timer } from '../model/ports.js';
import type { RegistrySource } from '../model/registry-source.js';
import type { RemoteLayer } from '../model/remote-image.js';
import type { FoundBlob, RegistryClient } from '../tools/registry/client/client.js';

/** Why a blob did not come. */
export class BlobProblem extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export interface BlobTools {
  readonly client: Pick<RegistryClient, 'blob'>;
  readonly timer: Pick<Timer, 'sleep'>;
  readonly random: Random;
  /** How often to go on after a cut or a silence without a byte between. */
  readonly retries: number;
  /** How long a body may be silent, in milliseconds. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

/**
 * The bytes of a blob from the first of its sources that has it. After a cut it goes on where it stopped. What came is
 * what the digest says once the last chunk has come, and not before.
 *
 * @throws BlobProblem; the reason of the signal
 */
export async function* blobChunks(
  { digest, size }: RemoteLayer,
  sources: readonly RegistrySource[],
  tools: BlobTools,
): AsyncGenerator<Buffer> {
  const { timer, random, retries, signal, onBytes } = tools;
  const [algorithm = ''] = digest.split(':');
  const hash = createHash(algorithm);
  let from = 0;
  let failures = 0;
  while (from < size) {
    const before = from;
    const source = sources[failures % sources.length];
    if (source === undefined) throw new Error(`${digest} is nowhere`);
    let failure: Failure;
    const found = await beginOf(source, digest, from, tools);
    if (found.kind === 'found') {
      // A server that knows no ranges begins anew.
      let skip = from - found.from;
      try {
        for await (const chunk of untilSilent(found, silent(source, digest, tools), tools)) {
          onBytes(chunk.length);
          const fresh = chunk.subarray(Math.min(skip, chunk.length));
          skip -= chunk.length - fresh.length;
          if (fresh.length === 0) continue;
          from += fresh.length;
          if (from > size) throw new BlobProblem(oversized(source, digest, size));
          hash.update(fresh);
          yield fresh;
        }
        failure = cut(source, digest);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof BlobProblem && error.failure.kind !== 'transient') throw error;
        failure = error instanceof BlobProblem ? error.failure : cut(source, digest);
      }
    } else failure = found.failure;
    signal.throwIfAborted();
    if (from === size) break;
    failures = from > before ? 1 : failures + 1;
    const isLast = failure.kind !== 'transient' && failures >= sources.length;
    if (isLast || failures > Math.max(retries, sources.length - 1)) throw new BlobProblem(failure);
    if (failure.kind === 'transient') await timer.sleep(backoffMs(failures, failure.code, random()), signal);
    signal.throwIfAborted();
  }
  const own = `${algorithm}:${hash.digest('hex')}`;
  if (own !== digest) throw new BlobProblem(corrupt(digest, own));
}

async function beginOf(
  source: RegistrySource,
  digest: string,
  from: number,
  { client, signal }: BlobTools,
): Promise<FoundBlob | { readonly kind: 'failed'; readonly failure: Failure }> {
  const answer = await client.blob(source, digest, { signal, from });
  if (answer.kind === 'found') return answer;
  if (answer.kind === 'failed') return { kind: 'failed', failure: answer.failure };
  const message = `not known here: ${answer.what}`;
  return { kind: 'failed', failure: { code: 'unsupported', kind: 'permanent', message, hint: null } };
}

/** What comes of a body, as long as it does. */
async function* untilSilent(
  { body }: FoundBlob,
  failure: Failure,
  { stallMs }: BlobTools,
): AsyncGenerator<Buffer> {
  const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  // What ends it while nobody reads, such as a signal, is told to whoever reads next.
  body.on('error', () => undefined);
  try {
    for (;;) {
      // Only the registry is waited for: whoever reads may take as long as it takes.
      const timer = setTimeout(() => body.destroy(new BlobProblem(failure)), stallMs);
      const { done, value } = await iterator.next().finally(() => clearTimeout(timer));
      if (done) return;
      yield value;
    }
  } finally {
    body.destroy();
  }
}

function wrong(code: Failure['code'], kind: Failure['kind'], message: string): Failure {
  return { code, kind, message, hint: null };
}

const nameOf = ({ registry, repository }: RegistrySource) => `${registry}/${repository}`;

function cut(source: RegistrySource, digest: string): Failure {
  const words = `the connection was cut in the middle of ${digest}`;
  return wrong('connection', 'transient', `${nameOf(source)}: ${words}`);
}

function silent(source: RegistrySource, digest: string, { stallMs }: BlobTools): Failure {
  const words = `nothing more came of ${digest} for ${Math.round(stallMs / 1000)} s`;
  return {
    ...wrong('stalled', 'transient', `${nameOf(source)}: ${words}`),
    hint: 'the registry or the network does not answer; if it is only slow, give it more time',
    reason: { kind: 'stalled' },
  };
}

function oversized(source: RegistrySource, digest: string, size: number): Failure {
  return wrong('oversized', 'permanent', `${nameOf(source)}: ${digest} does not end after ${size} bytes`);
}

function corrupt(digest: string, own: string): Failure {
  return wrong('corrupt', 'transient', `what came for ${digest} is ${own}`);
}

import type { Readable } from 'node:stream';
import type { Failure } from '../../model/failure.js';
import type { Timer } from '../../model/ports.js';
import type { RegistrySource } from '../../model/registry-source.js';
import { writeFailure } from '../files/write-failure.js';
import type { BlobFailed, FoundBlob, RegistryClient } from '../registry/client/client.js';
import type { Unsupported } from '../registry/found.js';
import type { Fetching, RelayBlob } from './blob.js';
import { kindOf, type Origins } from './origins.js';
import type { FetchEnd, FetchOptions, RelayObserver } from './relay.js';

export interface FetchTools {
  readonly client: Pick<RegistryClient, 'blob'>;
  readonly timer: Timer;
  readonly observer: Pick<RelayObserver, 'onArrived'>;
  readonly origins: Origins;
  /** The relay has been closed. */
  readonly signal: AbortSignal;
}

/** What has arrived is told after so many bytes, or so long. */
const tellBytes = 512 * 1024;
const tellMs = 100;

/** Asks a registry for what is not here of a blob, and takes it to its end. */
export function fetchBlob(
  blob: RelayBlob,
  source: RegistrySource,
  { signal, isKept }: FetchOptions,
  tools: FetchTools,
): Promise<FetchEnd> {
  const { client, origins } = tools;
  const { digest } = blob;
  const own = new AbortController();
  const tell = newTelling(blob, tools);
  const origin = kindOf(source, blob.registries);

  return new Promise((resolve, reject) => {
    let fetching: Fetching | undefined;
    let body: Readable | undefined;
    let isOver = false;

    function finish(end: FetchEnd): void {
      if (isOver) return;
      isOver = true;
      signal.removeEventListener('abort', stop);
      body?.destroy();
      own.abort();
      tell(blob.received, true);
      fetching?.end(end.kind === 'complete');
      resolve(end);
    }

    const stop = () => finish({ kind: 'stopped' });
    const fail = (failure: Failure) => finish({ kind: 'failed', failure, waitMs: null, isGone: false });

    function onRoom(): void {
      const failure = fetching?.bytes.failure;
      if (failure !== undefined) fail(local(failure));
      else flow();
    }

    function flow(): void {
      if (fetching?.bytes.isFull === true) body?.pause();
      else body?.resume();
    }

    async function ask(from: number): Promise<FoundBlob | undefined> {
      const answer = await client.blob(source, digest, { signal: own.signal, attempts: 1, from });
      if (isOver) {
        if (answer.kind === 'found') answer.body.destroy();
        return undefined;
      }
      if (from > 0 && isUseless(answer, blob.size)) {
        if (answer.kind === 'found') answer.body.destroy();
        return await ask(0);
      }
      if (answer.kind === 'found') return answer;
      finish(failed(answer));
      return undefined;
    }

    async function run({ bytes, append, settled }: Fetching): Promise<void> {
      const from = bytes.end;
      if (from === blob.size) return await finishSettled(settled);
      const answer = await ask(from);
      if (answer === undefined) return;
      body = answer.body;
      const problem = sizeProblem(answer, blob.size, source);
      if (problem !== null) return fail(problem);
      if (answer.size !== null && answer.size < from) {
        fail(wrong(source, 'corrupt', 'transient', `it has less of ${digest} than what was kept`));
        return blob.discard();
      }
      if (blob.size === null && answer.size !== null) blob.learn(answer.size);
      if (from === blob.size) return await finishSettled(settled);
      await take(answer, from - answer.from, append);
      if (isOver) return;
      if (blob.size === null) blob.learn(bytes.end);
      if (bytes.end !== blob.size) {
        return fail(
          wrong(
            source,
            'connection',
            'transient',
            `${digest} ended after ${bytes.end} of ${blob.size} bytes`,
          ),
        );
      }
      await finishSettled(settled);
    }

    /** All bytes are here. What is still in memory may find a disk that is full, or a reader that goes. */
    async function finishSettled(settled: Fetching['settled']): Promise<void> {
      await settled();
      finish({ kind: 'complete' });
    }

    /** Appends all that comes but for the first bytes, which are here. Resolves at its end. */
    function take({ body }: FoundBlob, here: number, append: Fetching['append']): Promise<void> {
      let skip = here;
      return new Promise((ended) => {
        body.on('data', (chunk: Buffer) => {
          if (isOver) return;
          // Whoever keeps it takes it over.
          const { length } = chunk;
          origins.add(origin, source.registry, length);
          const fresh = skip < length ? chunk.subarray(skip) : undefined;
          skip = Math.max(0, skip - length);
          if (fresh !== undefined) {
            if (blob.size !== null && blob.received + fresh.length > blob.size) {
              return fail(
                wrong(source, 'oversized', 'permanent', `${digest} does not end after ${blob.size} bytes`),
              );
            }
            append(fresh);
          }
          // Of what is sent once more, each byte is told once more: it does come.
          tell(skip > 0 ? here - skip : blob.received, false);
          if (fetching?.bytes.isFull === true) flow();
        });
        body.on('end', ended);
        body.on('error', () => undefined);
        body.on('close', () => {
          if (!body.readableEnded && !isOver) {
            fail(
              wrong(source, 'connection', 'transient', `the connection was cut in the middle of ${digest}`),
            );
          }
          ended();
        });
      });
    }

    if (signal.aborted || tools.signal.aborted) return resolve({ kind: 'stopped' });
    if (blob.isFetching) return reject(new Error(`${digest} is being fetched already`));
    try {
      fetching = blob.begin(isKept, finish, onRoom);
    } catch (error) {
      return resolve({ kind: 'failed', failure: local(error), waitMs: null, isGone: false });
    }
    signal.addEventListener('abort', stop, { once: true });
    run(fetching).catch((error) => fail(local(error)));
  });
}

/** Tells what has arrived, but not for each chunk. */
function newTelling(
  blob: RelayBlob,
  { observer, timer }: FetchTools,
): (received: number, isLast: boolean) => void {
  let toldMs = timer.monotonicMs();
  let told = blob.received;
  return (here, isLast) => {
    const nowMs = timer.monotonicMs();
    if (isLast ? here === told : Math.abs(here - told) < tellBytes && nowMs - toldMs < tellMs) return;
    toldMs = nowMs;
    told = here;
    observer.onArrived(blob.digest, here, blob.size);
  };
}

/** An answer to a question for the rest of a blob that leads nowhere: all of it has to be asked for. */
function isUseless(answer: FoundBlob | BlobFailed | Unsupported, size: number | null): boolean {
  if (answer.kind === 'found') {
    return answer.status === 206 && answer.size !== null && size !== null && answer.size !== size;
  }
  return answer.kind === 'failed' && (answer.status === 416 || answer.status === 206);
}

function sizeProblem(answer: FoundBlob, size: number | null, source: RegistrySource): Failure | null {
  if (answer.size === null || size === null || answer.size === size) return null;
  const words = `it has ${answer.size} bytes for a blob of ${size} bytes`;
  return wrong(source, answer.size > size ? 'oversized' : 'corrupt', 'permanent', words);
}

function wrong(
  { registry, repository }: RegistrySource,
  code: Failure['code'],
  kind: Failure['kind'],
  words: string,
): Failure {
  return { code, kind, message: `${registry}/${repository}: ${words}`, hint: null };
}

/** What happens to our files happens to all blobs. */
function local(error: unknown): Failure {
  const failure = writeFailure(error);
  return { ...failure, kind: 'local', message: `what was fetched cannot be kept: ${failure.message}` };
}

function failed(answer: BlobFailed | Unsupported): FetchEnd {
  if (answer.kind === 'failed') {
    return { kind: 'failed', failure: answer.failure, waitMs: answer.waitMs, isGone: answer.status === 404 };
  }
  const message = `not known here: ${answer.what}`;
  return {
    kind: 'failed',
    failure: { code: 'unsupported', kind: 'permanent', message, hint: null },
    waitMs: null,
    isGone: false,
  };
}

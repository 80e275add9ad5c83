/**
 * Bytes from which a layer is worth waiting for. One below may be fetched twice: a second request for it is over
 * in milliseconds, and waiting for it costs more, since podman commits a layer only after all those below it.
 * The empty layer that many builders write (32 bytes) would otherwise tie images that share nothing else.
 */
export const smallLayerBytes = 64 * 1024;

/** In flight, these keep most links busy for a second. */
const busyBytes = 32 * 1024 * 1024;
const fewestLayers = 2;

/** One pull to be scheduled. */
export interface Job<K> {
  readonly key: K;
  /**
   * Compressed bytes of the layers that the store does not hold, by digest; empty for an image that needs no
   * registry; `null` where nobody could tell.
   */
  readonly layers: ReadonlyMap<string, number> | null;
}

/** What is known at one moment of a run. A pull that waits for its next attempt is neither waiting nor running. */
export interface Moment<K> {
  /** Most urgent first, as `order` returns them. */
  readonly waiting: readonly Job<K>[];
  readonly running: readonly Job<K>[];
  /** Digests of the layers that came into the store since the jobs were made. */
  readonly committed: ReadonlySet<string>;
  /** How many jobs may run at the same time, at least 1. */
  readonly slots: number;
}

/**
 * The jobs, most urgent first: by the bytes of its layers that others wait for, counted once for each of them,
 * then by all its bytes. So of a family with one base, the largest image leads, and its own layers keep the link
 * busy while podman unpacks the base. Jobs of unknown layers come last: each runs alone, and by then what it
 * shares is in the store. Equals keep their order.
 */
export function order<K>(jobs: readonly Job<K>[]): readonly Job<K>[] {
  const holders = new Map<string, number>();
  for (const job of jobs)
    for (const digest of bigLayers(job)) holders.set(digest, (holders.get(digest) ?? 0) + 1);

  const rank = (job: Job<K>) => {
    let awaited = 0;
    let size = 0;
    for (const [digest, bytes] of job.layers ?? []) {
      size += bytes;
      awaited += bytes * ((holders.get(digest) ?? 1) - 1);
    }
    return { job, unknown: Number(job.layers === null), awaited, size };
  };
  return jobs
    .map(rank)
    .sort((a, b) => a.unknown - b.unknown || b.awaited - a.awaited || b.size - a.size)
    .map(({ job }) => job);
}

/**
 * A forecast, for jobs in the order of `order` and slots enough for all: for each job, those that it waits for.
 * A layer is fetched by the first job that has it, jobs that start at once before the others. The first job of
 * unknown layers waits for all that fetch, each further one for the one before it.
 */
export function startsAfter<K>(ordered: readonly Job<K>[]): ReadonlyMap<K, readonly K[]> {
  const atOnce = startable({ waiting: ordered, running: [], committed: new Set(), slots: ordered.length });
  const fetching = nothingFetched<K>(new Set());
  const after = new Map<K, readonly K[]>();
  for (const job of new Set([...atOnce, ...ordered])) {
    after.set(
      job.key,
      Array.from(new Set(blockers(job, fetching)), ({ key }) => key),
    );
    add(job, fetching);
  }
  return after;
}

/**
 * The waiting jobs that start now: in their order, each that would fetch no big layer that another one is
 * fetching. Of two jobs that may not run together, at most one is ever returned. With nothing running, the first
 * one that waits always starts.
 *
 * A blocked job does not hold back later ones, not even from layers that it needs, too: they keep the link busy,
 * and it finds them in the store. No job starves, because attempts are bounded. Whoever blocks a job of known
 * layers ends with a layer committed, which never blocks again, or with one attempt fewer left. A job of unknown
 * layers waits for those that fetch big layers, which become fewer in the same way, and holds back none of the
 * jobs that fetch none.
 */
export function startable<K>(moment: Moment<K>): readonly Job<K>[] {
  const { waiting, running, committed, slots } = moment;
  const fetching = fetchedBy(running, committed);
  const started: Job<K>[] = [];
  for (const job of waiting) {
    if (running.length + started.length >= slots) break;
    if (!blockers(job, fetching).next().done) continue;
    started.push(job);
    add(job, fetching);
  }
  return started;
}

/** A running job that keeps `job` from starting; `undefined` when it waits for a slot only. */
export function waitsFor<K>(job: Job<K>, moment: Omit<Moment<K>, 'waiting' | 'slots'>): K | undefined {
  const [blocker] = blockers(job, fetchedBy(moment.running, moment.committed));
  return blocker?.key;
}

/**
 * How many layers of a job are worth fetching at the same time; `undefined` for as many as podman likes.
 *
 * podman commits layers in their order, and takes the next one while it unpacks. With all of them at a time, each
 * waits for the last byte of nearly all, and so do the jobs that share them: of a job that others wait for, only so
 * many are fetched at once as keep a link busy, and at least two, of which one can be unpacked.
 */
export function layersAtOnce<K>(job: Job<K>, { waiting, committed }: Moment<K>): number | undefined {
  const layers = new Set(bigLayers(job, committed));
  const isShared = (other: Job<K>) =>
    other !== job && bigLayers(other, committed).some((each) => layers.has(each));
  if (layers.size <= fewestLayers || !waiting.some(isShared)) return undefined;
  let bytes = 0;
  for (const digest of layers) bytes += job.layers?.get(digest) ?? 0;
  const count = Math.max(fewestLayers, Math.ceil((busyBytes * layers.size) / bytes));
  return count < layers.size ? count : undefined;
}

/** Who fetches what. */
interface Fetching<K> {
  readonly committed: ReadonlySet<string>;
  /** By digest, for big layers that are not committed. */
  readonly byLayer: Map<string, Job<K>>;
  /** The last job of unknown layers: it may be fetching anything. */
  anything: Job<K> | undefined;
}

function nothingFetched<K>(committed: ReadonlySet<string>): Fetching<K> {
  return { committed, byLayer: new Map(), anything: undefined };
}

function fetchedBy<K>(jobs: readonly Job<K>[], committed: ReadonlySet<string>): Fetching<K> {
  const fetching = nothingFetched<K>(committed);
  for (const job of jobs) add(job, fetching);
  return fetching;
}

function add<K>(job: Job<K>, fetching: Fetching<K>): void {
  if (job.layers === null) fetching.anything = job;
  for (const digest of bigLayers(job, fetching.committed))
    if (!fetching.byLayer.has(digest)) fetching.byLayer.set(digest, job);
}

/** The jobs that may not fetch beside this one, some of them more than once. */
function* blockers<K>(job: Job<K>, { committed, byLayer, anything }: Fetching<K>): Generator<Job<K>, void> {
  const layers = bigLayers(job, committed);
  if (job.layers !== null && layers.length === 0) return;
  if (anything !== undefined) yield anything;
  else if (job.layers === null) yield* byLayer.values();
  else
    for (const digest of layers) {
      const fetcher = byLayer.get(digest);
      if (fetcher !== undefined) yield fetcher;
    }
}

/** Digests of the layers that a job would fetch and no other may fetch at the same time, as far as known. */
function bigLayers<K>(job: Job<K>, committed?: ReadonlySet<string>): readonly string[] {
  const digests: string[] = [];
  for (const [digest, bytes] of job.layers ?? [])
    if (bytes >= smallLayerBytes && !committed?.has(digest)) digests.push(digest);
  return digests;
}

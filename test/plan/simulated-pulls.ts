import { type Job, type Moment, smallLayerBytes, startable } from '../../src/plan/schedule.js';

/** An image to pull, in a world without time or network: what podman would do is a list of possible events. */
export interface SimulatedImage {
  readonly key: string;
  /** Bytes by digest, in the order in which podman commits them. */
  readonly layers: ReadonlyMap<string, number>;
  /** Whether the scheduler is told the layers. */
  readonly known: boolean;
}

export interface Simulation {
  /** How often each big layer was fetched. */
  readonly fetches: ReadonlyMap<string, number>;
  /** How many of those fetches were in vain because the pull failed before it committed the layer. */
  readonly lost: ReadonlyMap<string, number>;
  readonly pulled: readonly string[];
  readonly givenUp: readonly string[];
}

export interface Choices {
  /** A number from 0 up to and including `max`. */
  readonly pick: (max: number) => number;
  readonly failures: boolean;
  /** How often an image is tried before it is given up. */
  readonly attempts: number;
  readonly slots: number;
  /** Called after each decision, with the moment that it was made for. */
  readonly decided: (moment: Moment<string>, started: readonly Job<string>[]) => void;
}

/** podman's default for layers of one image that it fetches at the same time. */
const parallelLayers = 6;

interface Attempt {
  readonly job: Job<string>;
  readonly unseen: string[];
  readonly arriving: string[];
  /** Fetched, or found in the store. */
  readonly ready: Set<string>;
  readonly uncommitted: string[];
}

/**
 * Pulls all images, deciding after each event what to start. Which event comes next is `pick`'s to choose: a
 * pull looks for its next layer in the store and fetches it if it is not there, a layer arrives, the next one
 * in order is committed, the pull ends or fails, an image that failed waits for a slot again.
 * @throws Error when nothing can happen any more although images are waiting, or a big layer is fetched while
 * another pull fetches it.
 */
export function simulate(
  ordered: readonly Job<string>[],
  images: readonly SimulatedImage[],
  { pick, attempts, failures, slots, decided }: Choices,
): Simulation {
  const layersOf = new Map(images.map(({ key, layers }) => [key, layers]));
  const left = new Map(ordered.map(({ key }) => [key, attempts]));
  const waiting = new Set(ordered);
  const resting = new Set<Job<string>>();
  const running = new Set<Attempt>();
  const committed = new Set<string>();
  const inFlight = new Set<string>();
  const fetches = new Map<string, number>();
  const lost = new Map<string, number>();
  const pulled: string[] = [];
  const givenUp: string[] = [];
  const isBig = ({ key }: Job<string>, digest: string) =>
    (layersOf.get(key)?.get(digest) ?? 0) >= smallLayerBytes;

  const look = ({ job, unseen, arriving, ready }: Attempt, digest: string) => {
    unseen.shift();
    if (committed.has(digest)) {
      ready.add(digest);
      return;
    }
    arriving.push(digest);
    if (!isBig(job, digest)) return;
    if (inFlight.has(digest)) throw new Error(`${job.key} fetches ${digest} beside another pull`);
    inFlight.add(digest);
    count(fetches, digest);
  };
  const commit = (attempt: Attempt, digest: string) => {
    attempt.uncommitted.shift();
    committed.add(digest);
    inFlight.delete(digest);
  };
  const fail = (attempt: Attempt) => {
    const { job, arriving, ready, uncommitted } = attempt;
    running.delete(attempt);
    for (const digest of [...arriving, ...uncommitted.filter((layer) => ready.has(layer))])
      if (isBig(job, digest) && inFlight.delete(digest)) count(lost, digest);
    const remaining = (left.get(job.key) ?? 0) - 1;
    left.set(job.key, remaining);
    if (remaining > 0) resting.add(job);
    else givenUp.push(job.key);
  };
  const end = (attempt: Attempt) => {
    running.delete(attempt);
    pulled.push(attempt.job.key);
  };
  const comeBack = (job: Job<string>) => {
    resting.delete(job);
    waiting.add(job);
  };

  const eventsOf = (attempt: Attempt): (() => void)[] => {
    const { unseen, arriving, ready, uncommitted } = attempt;
    const [next] = unseen;
    const [lowest] = uncommitted;
    const events = arriving.map((digest, index) => () => {
      arriving.splice(index, 1);
      ready.add(digest);
    });
    if (next !== undefined && arriving.length < parallelLayers) events.push(() => look(attempt, next));
    if (lowest === undefined) events.push(() => end(attempt));
    else if (ready.has(lowest)) events.push(() => commit(attempt, lowest));
    return events;
  };

  const decide = () => {
    const moment: Moment<string> = {
      waiting: ordered.filter((job) => waiting.has(job)),
      running: Array.from(running, ({ job }) => job),
      committed: new Set(committed),
      slots,
    };
    const started = startable(moment);
    for (const job of started) {
      const digests = [...(layersOf.get(job.key)?.keys() ?? [])];
      waiting.delete(job);
      running.add({ job, unseen: [...digests], arriving: [], ready: new Set(), uncommitted: digests });
    }
    decided(moment, started);
  };

  decide();
  while (waiting.size + resting.size + running.size > 0) {
    const going = [...running];
    const events = [...going.flatMap(eventsOf), ...Array.from(resting, (job) => () => comeBack(job))];
    const victim = failures && going.length > 0 && pick(9) === 0 ? going[pick(going.length - 1)] : undefined;
    const event = victim === undefined ? events[pick(Math.max(events.length - 1, 0))] : () => fail(victim);
    if (event === undefined) throw new Error('nothing can happen any more');
    event();
    decide();
  }
  return { fetches, lost, pulled, givenUp };
}

function count(counts: Map<string, number>, digest: string): void {
  counts.set(digest, (counts.get(digest) ?? 0) + 1);
}

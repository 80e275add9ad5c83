import { setMaxListeners } from 'node:events';
import { BoundImagesError, errorText } from '../model/error.js';
import type { PullObserver } from '../model/events.js';
import type { Failure } from '../model/failure.js';
import type { PlannedImage, PlannedLayer } from '../model/plan.js';
import type { Looked, Random, Timer } from '../model/ports.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { StoreLayers } from '../model/store.js';
import { isStored, plannedLayers } from '../plan/plan.js';
import type { Relay, RelayObserver } from '../tools/relay/relay.js';
import { isOver, start, step, waiting } from './engine/engine.js';
import type { EngineAction, EngineEvent, EngineSettings, ImageNeed } from './engine/model.js';
import { order } from './engine/order.js';
import { explain } from './explain.js';
import { keptTwice } from './kept-twice.js';
import { type LaneEnd, newLanes, type StartLane } from './lanes.js';
import { beyondLimit, type Circumstances, needOf, servedImage } from './need.js';
import { newProgress } from './progress.js';
import { stopped } from './stopped.js';
import type { PullAttempts } from './verify.js';

/** How often the store and the podmans are looked at. */
const tickMs = 100;

export interface RunnerSettings extends EngineSettings {
  /** So much of what the store has is kept twice at most, until the store is written out, in bytes. */
  readonly keptTwiceBytes: number;
  /** Stops everything: what is in the store stays there, what is not fails. */
  readonly signal: AbortSignal;
  /** The layers that the store has now. */
  readonly storedLayers: () => Pick<StoreLayers, 'digests' | 'compressedBytes'>;
  /** Asked again and again: why nothing more may be written. */
  readonly findShortage: () => Failure | undefined;
}

/** What the runner needs from outside. */
export interface RunnerPorts {
  /** null where podman pulls everything by itself. */
  readonly relay: Relay | null;
  /** From now on this one is told what happens at the relay. */
  readonly listen: (observer: RelayObserver) => void;
  readonly circumstances: Omit<Circumstances, 'stored'>;
  /** Asks the registry about an image that the plan could not ask about, or that it no longer has as it was. */
  readonly lookUp: (resolved: ResolvedImage, signal: AbortSignal) => Promise<Looked>;
  readonly startLane: StartLane;
  /** Writes what the store has in memory to the disk. @throws BoundImagesError `store`. */
  readonly writeOut: () => Promise<unknown>;
  /** Told why podman pulls an image by itself, of one that was looked up in the run. */
  readonly onDirect: (image: PlannedImage, why: string) => void;
  readonly timer: Timer;
  readonly random: Random;
}

/** An image of the run, as far as it has come. */
interface Entry {
  readonly key: string;
  planned: PlannedImage;
  need: ImageNeed | null;
  ids: readonly string[];
  attempts: number;
  startedAt: number | undefined;
  /** It was told to have started. */
  isShown: boolean;
}

/** A request that is under way. */
interface Fetch {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

type Handlers = {
  readonly [K in EngineAction['kind']]: (action: Extract<EngineAction, { readonly kind: K }>) => void;
};

/** Carries out what the engine decides, and tells it what has happened, until nothing is left. */
export async function runEngine(
  images: readonly PlannedImage[],
  ports: RunnerPorts,
  settings: RunnerSettings,
  observe: PullObserver,
): Promise<readonly PullAttempts[]> {
  const { relay, timer, random } = ports;
  const stored = () => settings.storedLayers().digests;
  const circumstances = (): Circumstances => ({ ...ports.circumstances, stored: stored() });
  const entries = new Map(
    images.map((planned, index): [string, Entry] => {
      const key = String(index);
      const { need } = needOf(planned, circumstances());
      return [key, { key, planned, need, ids: [], attempts: 0, startedAt: undefined, isShown: false }];
    }),
  );
  const storedBefore = settings.storedLayers().compressedBytes;
  const progress = newProgress(observe);
  const lanes = newLanes(ports.startLane);
  const fetches = new Map<string, Fetch>();
  const lookUps = new Set<Promise<void>>();
  const committed = new Set<string>();
  const done: PullAttempts[] = [];
  const end = new AbortController();
  setMaxListeners(0, end.signal);
  const twice = relay === null ? null : keptTwice(relay, settings.keptTwiceBytes, ports.writeOut, fail);
  const shownWaiting = new Map<string, string>();
  let fatal: unknown;
  let wake: AbortController | undefined;
  const queue: EngineEvent[] = [];

  let state = start(
    [...entries.values()].map(({ key, need }) => ({ key, need })),
    settings,
  );
  // A layer that several images need counts for the one that is finished first.
  for (const place of order(images.map((_, index) => entries.get(String(index))?.need ?? null)))
    know(get(entries, String(place)));

  let isStepping = false;
  let finished: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    finished = resolve;
  });

  function dispatch(event: EngineEvent): void {
    queue.push(event);
    if (isStepping) return;
    isStepping = true;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = step(state, next, { nowMs: timer.monotonicMs(), random: random() });
      state = result.state;
      for (const action of result.actions) perform(action);
    }
    isStepping = false;
    if (isOver(state)) finished();
  }

  const handlers: Handlers = {
    'look-up': ({ image }) => {
      const ended: Promise<void> = lookUp(get(entries, image))
        .catch((error: unknown) => {
          // What is asked when all is over is stopped.
          if (!end.signal.aborted) fail(error);
        })
        .finally(() => lookUps.delete(ended));
      lookUps.add(ended);
    },
    fetch: (action) => fetch(action),
    'stop-fetch': ({ digest }) => fetches.get(digest)?.stop.abort(),
    refuse: ({ digest }) => relay?.refuse(digest),
    discard: ({ digest }) => {
      relay?.discard(digest);
      progress.discarded(digest);
    },
    'start-lane': ({ lane, images: keys }) => startLane(lane, keys),
    'end-lane': ({ lane }) => lanes.stop(lane),
    retry: ({ image, attempt, waitMs, failure: error }) => {
      const entry = get(entries, image);
      entry.attempts = attempt + 1;
      progress.tell();
      progress.pause(image);
      observe({ kind: 'retry', reference: nameOf(entry), attempt, waitSeconds: waitMs / 1000, error });
    },
    finish: ({ image, failure }) => finish(get(entries, image), failure),
    wake: ({ atMs }) => wakeAt(atMs),
  };

  function perform(action: EngineAction): void {
    const handle: (action: never) => void = handlers[action.kind];
    handle(action as never);
  }

  function begin(entry: Entry): void {
    entry.startedAt ??= timer.monotonicMs();
    entry.attempts = Math.max(1, entry.attempts);
  }

  /** From now on the relay answers for it. */
  function know({ key, planned, need }: Entry): void {
    const { reference } = planned.resolved.image;
    const { content } = planned;
    const isDirect = need?.way !== 'relay';
    const receivedOf = (digest: string) => (isDirect ? 0 : (relay?.received(digest) ?? 0));
    if (relay !== null && !isDirect && content !== null && need !== null && reference.transport === 'docker')
      relay.serve(servedImage(reference, planned, content, need));
    progress.know(key, planned, isDirect, receivedOf);
    for (const { digest, size } of missingLayers(planned)) {
      const received = receivedOf(digest);
      if (received > 0) queue.push({ kind: 'arrived', digest, received, size });
    }
  }

  async function lookUp(entry: Entry): Promise<void> {
    begin(entry);
    const looked = await ports.lookUp(entry.planned.resolved, end.signal);
    if (end.signal.aborted) return;
    const { key, planned } = entry;
    switch (looked.kind) {
      case 'found': {
        const { digest, content } = looked.image;
        const layers = plannedLayers(looked.image, stored());
        entry.planned = { ...planned, digest, content, layers, lookUpFailure: null };
        break;
      }
      case 'failed':
        if (looked.error.code !== 'unsupported')
          return dispatch({ kind: 'look-up-failed', image: key, failure: looked.error });
        entry.planned = { ...planned, lookUpFailure: looked.error };
        break;
      case 'same':
        throw new Error('nothing was said to be there');
    }
    const { need, why } = needOf(entry.planned, circumstances());
    if (why !== null && ports.circumstances.isLimited)
      return dispatch({ kind: 'look-up-failed', image: key, failure: beyondLimit(why) });
    if (why !== null) ports.onDirect(entry.planned, why);
    if (need === null) throw new Error('what was looked up is known');
    entry.need = need;
    know(entry);
    dispatch({ kind: 'looked-up', image: key, need });
  }

  function fetch({ digest, image, source, isKept }: Extract<EngineAction, { kind: 'fetch' }>): void {
    const entry = get(entries, image);
    const from = entry.planned.content?.sources[source];
    if (relay === null || from === undefined) throw new Error('only what has a source is fetched');
    begin(entry);
    tellStart(entry);
    const stop = new AbortController();
    const before = fetches.get(digest)?.ended;
    const signal = AbortSignal.any([stop.signal, end.signal]);
    const run = async (): Promise<void> => {
      await before;
      const result = await relay.fetch(digest, from, { signal, isKept });
      if (fetches.get(digest)?.stop === stop) fetches.delete(digest);
      if (signal.aborted || result.kind === 'stopped') return;
      if (result.kind === 'complete') return dispatch({ kind: 'fetched', digest });
      const { waitMs, isGone } = result;
      const { resolved } = entry.planned;
      const failure = explain(result.failure, resolved, resolved.credentials.slice(0, 1));
      dispatch({ kind: 'fetch-failed', digest, failure, waitMs, isGone });
    };
    fetches.set(digest, { stop, ended: run().catch(fail) });
  }

  function fail(error: unknown): void {
    fatal ??= error;
    dispatch({
      kind: 'halted',
      failure: { code: 'unknown', kind: 'local', message: errorText(error), hint: null },
    });
  }

  function startLane(lane: number, keys: readonly string[]): void {
    const list = keys.map((key) => get(entries, key));
    for (const entry of list) {
      begin(entry);
      tellStart(entry);
    }
    const isDirect = list[0]?.need?.way === 'direct';
    lanes
      .start(
        lane,
        list.map(({ planned }) => planned),
        isDirect,
        (index, ids) => {
          const entry = list[index];
          if (entry === undefined) return;
          entry.ids = ids;
          dispatch({ kind: 'pulled', lane, image: entry.key });
        },
      )
      .then(
        (result: LaneEnd) => {
          // What it has brought into the store is not to come again.
          tellCommitted();
          dispatch({ kind: 'lane-ended', lane, failure: result.failure });
        },
        // Without a place for temporary files, for example, the others must end before this is told.
        (error: unknown) => {
          fail(error);
          dispatch({ kind: 'lane-ended', lane, failure: null });
        },
      );
  }

  function tellStart(entry: Entry): void {
    const bytes = progress.start(entry.key);
    if (bytes === undefined) return;
    entry.isShown = true;
    observe({ kind: 'start', reference: nameOf(entry), attempt: entry.attempts, bytes });
  }

  function finish(entry: Entry, error: Failure | null): void {
    const { key, planned, need, ids, attempts, startedAt = timer.monotonicMs() } = entry;
    const seconds = (timer.monotonicMs() - startedAt) / 1000;
    const isUnknown = need?.way === 'direct' && planned.layers === null;
    const received = progress.end(key, error === null ? (isUnknown ? newInStore() : null) : undefined);
    const isPinned = need?.way === 'relay' && planned.content !== null;
    done.push({
      planned,
      original: images[Number(key)] ?? planned,
      ids,
      attempts,
      seconds,
      received,
      isPinned,
      error,
    });
    const state = error === null ? 'pulled' : 'failed';
    observe({ kind: 'end', reference: nameOf(entry), state, received, seconds, attempts, error });
  }

  let told = 0;
  /** Of the layers in the store that no plan knew, those that were not told yet: in bytes, compressed. */
  function newInStore(): number {
    const { digests, compressedBytes } = settings.storedLayers();
    const layers = [...entries.values()].flatMap(({ planned }) => missingLayers(planned));
    const here = layers.filter((layer) => isStored(layer, digests));
    const known = new Map(here.map(({ digest, size }) => [digest, size]));
    const planned = [...known.values()].reduce((sum, size) => sum + size, 0);
    const fresh = Math.max(0, compressedBytes - storedBefore - planned - told);
    told += fresh;
    return fresh;
  }

  function wakeAt(atMs: number): void {
    wake?.abort();
    const own = new AbortController();
    wake = own;
    void timer.sleep(Math.max(0, atMs - timer.monotonicMs()), own.signal).then(() => {
      if (!own.signal.aborted && !end.signal.aborted) dispatch({ kind: 'time' });
    });
  }

  function tellCommitted(): void {
    const digests = stored();
    const news = [...entries.values()].flatMap(({ planned }) =>
      missingLayers(planned).flatMap((layer) =>
        !committed.has(layer.digest) && isStored(layer, digests) ? layer.digest : [],
      ),
    );
    for (const digest of news) committed.add(digest);
    if (news.length > 0) dispatch({ kind: 'committed', digests: [...new Set(news)] });
    twice?.add(news);
  }

  let ticks = 0;
  /** A list of thousands of layers takes long to read and changes with each: it is read for a twentieth of the time. */
  let readAgainMs = 0;
  /** Notices what came into the store, what every podman does, and whether there is room. */
  function look(): void {
    ticks += 1;
    const nowMs = timer.monotonicMs();
    if (nowMs >= readAgainMs) {
      tellCommitted();
      readAgainMs = nowMs + 20 * (timer.monotonicMs() - nowMs);
    }
    const shortage = settings.findShortage();
    if (shortage !== undefined) dispatch({ kind: 'halted', failure: shortage });
    if (ticks % (1000 / tickMs) === 0) {
      const works = lanes.working();
      for (const lane of works) dispatch({ kind: 'lane-works', lane });
      dispatch({ kind: 'time' });
    }
    progress.estimate((key) => lanes.writtenFor(get(entries, key).planned), committed);
    progress.tell();
    tellWaiting();
  }

  function tellWaiting(): void {
    for (const [key, wait] of waiting(state)) {
      const entry = get(entries, key);
      const shown = JSON.stringify(wait);
      if (entry.isShown || shownWaiting.get(key) === shown) continue;
      shownWaiting.set(key, shown);
      const said = wait.for === null ? wait : { for: nameOf(get(entries, wait.for)) };
      observe({ kind: 'waiting', reference: nameOf(entry), ...said });
    }
  }

  ports.listen({
    onAsked: (digest) => dispatch({ kind: 'asked', digest }),
    onArrived: (digest, received, size) => {
      progress.arrived(digest, received);
      dispatch({ kind: 'arrived', digest, received, size });
    },
    onPassed: (digest, bytes) => progress.passed(digest, bytes),
  });
  const stop = () => dispatch({ kind: 'stopped', failure: stopped(settings.signal) });
  const stopLooking = timer.every(tickMs, look);
  settings.signal.addEventListener('abort', stop, { once: true });
  try {
    if (settings.signal.aborted) stop();
    else dispatch({ kind: 'started' });
    tellWaiting();
    await over;
  } finally {
    stopLooking();
    settings.signal.removeEventListener('abort', stop);
    end.abort();
    wake?.abort();
    await Promise.all([twice?.settled(), ...lookUps, ...[...fetches.values()].map(({ ended }) => ended)]);
    progress.tell();
  }
  if (fatal instanceof BoundImagesError || (fatal !== undefined && !settings.signal.aborted)) throw fatal;
  return done;
}

function missingLayers({ layers }: PlannedImage): readonly PlannedLayer[] {
  return (layers ?? []).filter(({ present }) => !present);
}

function nameOf({ planned }: Entry): string {
  return planned.resolved.image.reference.text;
}

function get<V>(map: ReadonlyMap<string, V>, key: string): V {
  const value = map.get(key);
  if (value === undefined) throw new Error('every image has its entry');
  return value;
}

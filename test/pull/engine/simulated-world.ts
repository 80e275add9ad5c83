import type { Failure } from '../../../src/model/failure.js';
import { type EngineState, isOver, start, step } from '../../../src/pull/engine/engine.js';
import type {
  BlobNeed,
  EngineAction,
  EngineEvent,
  EngineImage,
  EngineSettings,
  ImageNeed,
} from '../../../src/pull/engine/model.js';

/** A registry of a world without a network. */
export interface Registry {
  /** In bytes a second, for all that is fetched from it together. */
  readonly rate: number;
  /** From a request to its first byte; for ever with Infinity. */
  readonly latencyMs: number;
  /** What becomes of the `count`-th request to it for a blob, counted from 1: how many bytes come before it fails. */
  readonly fail?: (digest: string, count: number) => FailedRequest | undefined;
}

export interface FailedRequest {
  readonly failure: Failure;
  readonly afterBytes?: number;
  readonly waitMs?: number;
  readonly isGone?: boolean;
}

export interface World {
  readonly images: readonly EngineImage[];
  readonly settings: EngineSettings;
  readonly registries: Readonly<Record<string, Registry>>;
  /** What podman says of an image at its attempts, in order; null: it is killed; undefined: it pulls the image. */
  readonly podman?: Readonly<Record<string, readonly (Failure | null | undefined)[]>>;
  /** Direct images: how long they take; for ever with Infinity. */
  readonly directMs?: Readonly<Record<string, number>>;
  /** What is learned of images that are looked up, in order. The last answer is like all that follow. */
  readonly lookUps?: Readonly<Record<string, readonly (ImageNeed | Failure)[]>>;
  /** The blobs of images whose needs say null. */
  readonly unknown?: Readonly<Record<string, readonly BlobNeed[]>>;
  /** How much podman unpacks, in bytes a second. */
  readonly unpackRate?: number;
  /** Happens instead of the event with this number, and after it nothing else is decided. */
  readonly stop?: { readonly at: number; readonly event: EngineEvent };
  /** Ends the run when these images are finished. */
  readonly until?: readonly string[];
  readonly seen?: (
    state: EngineState,
    event: EngineEvent,
    actions: readonly EngineAction[],
    nowMs: number,
  ) => void;
}

export interface Fetch {
  readonly digest: string;
  readonly host: string;
  readonly atMs: number;
  readonly isKept: boolean;
  readonly wasAsked: boolean;
  readonly from: number;
}

export interface LaneRun {
  readonly images: readonly string[];
  readonly startedAtMs: number;
  endedAtMs: number | null;
  isEnded: boolean;
}

export interface Outcome {
  readonly finished: ReadonlyMap<string, { readonly failure: Failure | null; readonly atMs: number }>;
  readonly fetches: readonly Fetch[];
  readonly retries: readonly Extract<EngineAction, { kind: 'retry' }>[];
  readonly lanes: readonly LaneRun[];
  /** What went against the rules of the world. */
  readonly faults: readonly string[];
  readonly events: number;
  readonly endMs: number;
  readonly isOver: boolean;
  readonly state: EngineState;
  /** Fetches and lanes that nobody has ended. */
  readonly loose: readonly string[];
}

const tickMs = 20;
const startMs = 100;
const endMs = 50;
const dayMs = 24 * 3600 * 1000;

interface Blob {
  received: number;
  isComplete: boolean;
  isRefused: boolean;
  /** Asked for and not answered. */
  isAwaited: boolean;
}

interface Flight {
  readonly digest: string;
  readonly host: string;
  readonly size: number;
  readonly isKept: boolean;
  readonly firstAtMs: number;
  readonly failed: FailedRequest | undefined;
  got: number;
  toldAtMs: number;
}

interface Podman {
  readonly run: LaneRun;
  readonly number: number;
  at: number;
  /** What is left of the image at hand; null before it has looked at it. */
  toCommit: string[] | null;
  readonly unkept: Set<string>;
  freeAtMs: number;
  failure: Failure | null;
  hasPulledAll: boolean;
}

/** Runs the engine in a world without time, network or podman, to its end. */
export function simulate(world: World): Outcome {
  const needs = new Map(world.images.map(({ key, need }) => [key, need]));
  const sizes = new Map<string, number>();
  const learn = (need: ImageNeed | null) => {
    for (const { digest, size } of need?.blobs ?? []) sizes.set(digest, size ?? 1000);
  };
  for (const need of needs.values()) learn(need);
  for (const { digest, size } of Object.values(world.unknown ?? {}).flat()) sizes.set(digest, size ?? 1000);
  const blobsOf = (image: string): readonly string[] =>
    (needs.get(image)?.blobs ?? world.unknown?.[image] ?? []).map(({ digest }) => digest);

  let nowMs = 0;
  let events = 0;
  let state = start(world.images, world.settings);
  let isFrozen = false;
  const blobs = new Map<string, Blob>();
  const store = new Set<string>();
  const flights = new Map<string, Flight>();
  const podmans = new Map<number, Podman>();
  const finished = new Map<string, { failure: Failure | null; atMs: number }>();
  const fetches: Fetch[] = [];
  const retries: Extract<EngineAction, { kind: 'retry' }>[] = [];
  const lanes: LaneRun[] = [];
  const faults: string[] = [];
  const requests = new Map<string, number>();
  const lookedUp = new Map<string, number>();
  const attempts = new Map<string, number>();
  const asks: { readonly atMs: number; readonly image: string }[] = [];
  const leaving: { readonly atMs: number; readonly number: number }[] = [];
  const wakes = new Set<number>();
  let storeHolder: number | null = null;
  let seed = 1;

  const blobOf = (digest: string): Blob => {
    const blob = blobs.get(digest) ?? { received: 0, isComplete: false, isRefused: false, isAwaited: false };
    blobs.set(digest, blob);
    return blob;
  };
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };

  function send(event: EngineEvent): void {
    const isStop = events === world.stop?.at;
    const given = isStop ? (world.stop?.event ?? event) : event;
    events += 1;
    const before = state;
    const next = step(state, given, { nowMs, random: random() });
    state = next.state;
    world.seen?.(state, given, next.actions, nowMs);
    for (const action of next.actions) act(action, before);
    if (!isStop) return;
    // It happened all the same.
    isFrozen = true;
    send(event);
  }

  function act(action: EngineAction, before: EngineState): void {
    switch (action.kind) {
      case 'look-up':
        asks.push({ atMs: nowMs + 20, image: action.image });
        break;
      case 'fetch': {
        const { digest, isKept } = action;
        const need = needs.get(action.image);
        const host = need?.sources[action.source];
        if (host === undefined) faults.push(`${digest} has no source ${action.source} in ${action.image}`);
        if (flights.has(digest)) faults.push(`${digest} is fetched twice at the same time`);
        const blob = blobOf(digest);
        if (blob.isComplete) faults.push(`${digest} is here already`);
        if (store.has(digest)) faults.push(`${digest} is in the store`);
        if (isFrozen) faults.push(`${digest} is fetched after the stop`);
        blob.isRefused = false;
        const registry = world.registries[host ?? ''] as Registry;
        const count = (requests.get(digest) ?? 0) + 1;
        requests.set(digest, count);
        flights.set(digest, {
          digest,
          host: host ?? '',
          size: sizes.get(digest) ?? 1000,
          isKept,
          firstAtMs: nowMs + registry.latencyMs,
          failed: registry.fail?.(digest, count),
          got: 0,
          toldAtMs: 0,
        });
        fetches.push({
          digest,
          host: host ?? '',
          atMs: nowMs,
          isKept,
          wasAsked: before.asked.has(before.blobAt.get(digest) ?? -1) || blob.isAwaited,
          from: blob.received,
        });
        break;
      }
      case 'stop-fetch':
        // Where the stop came before the end of a fetch was told, it has ended.
        if (!flights.delete(action.digest) && events - 1 !== world.stop?.at)
          faults.push(`${action.digest} is stopped but not fetched`);
        break;
      case 'refuse':
        blobOf(action.digest).isRefused = true;
        break;
      case 'discard':
        if (flights.has(action.digest)) faults.push(`${action.digest} is discarded while it is fetched`);
        blobs.set(action.digest, { ...blobOf(action.digest), received: 0, isComplete: false });
        break;
      case 'start-lane': {
        if (isFrozen) faults.push(`lane ${action.lane} starts after the stop`);
        const run: LaneRun = {
          images: action.images,
          startedAtMs: nowMs,
          endedAtMs: null,
          isEnded: false,
        };
        lanes.push(run);
        podmans.set(action.lane, {
          run,
          number: action.lane,
          at: 0,
          toCommit: null,
          unkept: new Set(),
          freeAtMs: nowMs + startMs,
          failure: null,
          hasPulledAll: true,
        });
        break;
      }
      case 'end-lane': {
        const podman = podmans.get(action.lane);
        // As for fetches: it may have ended, and that was not told.
        if (podman === undefined && events - 1 === world.stop?.at) break;
        if (podman === undefined) faults.push(`lane ${action.lane} is ended but does not run`);
        else podman.run.isEnded = true;
        leaving.push({ atMs: nowMs + endMs, number: action.lane });
        break;
      }
      case 'retry':
        retries.push(action);
        break;
      case 'finish':
        if (finished.has(action.image)) faults.push(`${action.image} is finished twice`);
        finished.set(action.image, { failure: action.failure, atMs: nowMs });
        break;
      case 'wake':
        if (action.atMs <= nowMs) faults.push(`a time that has passed is wanted`);
        wakes.add(action.atMs);
    }
  }

  function leave(number: number, failure: Failure | null): void {
    const podman = podmans.get(number);
    if (podman === undefined) return;
    podmans.delete(number);
    if (storeHolder === number) storeHolder = null;
    podman.run.endedAtMs = nowMs;
    for (const image of podman.run.images.slice(podman.at))
      for (const digest of blobsOf(image)) blobOf(digest).isAwaited = false;
    send({ kind: 'lane-ended', lane: number, failure });
  }

  function transfer(): void {
    const shares = new Map<string, number>();
    for (const { host, firstAtMs } of flights.values())
      if (firstAtMs <= nowMs) shares.set(host, (shares.get(host) ?? 0) + 1);
    for (const flight of [...flights.values()]) {
      if (flights.get(flight.digest) !== flight || flight.firstAtMs > nowMs) continue;
      const { digest, host, size, failed } = flight;
      const { rate } = world.registries[host] as Registry;
      const blob = blobOf(digest);
      const most = Math.ceil((rate * tickMs) / 1000 / (shares.get(host) ?? 1));
      const until = failed === undefined ? Number.POSITIVE_INFINITY : (failed.afterBytes ?? 0) - flight.got;
      const bytes = Math.max(0, Math.min(most, size - blob.received, until));
      blob.received += bytes;
      flight.got += bytes;
      const isEnd = blob.received >= size || flight.got >= (failed?.afterBytes ?? Number.POSITIVE_INFINITY);
      if (bytes > 0 && (isEnd || nowMs - flight.toldAtMs >= 100)) {
        flight.toldAtMs = nowMs;
        send({ kind: 'arrived', digest, received: blob.received, size });
      }
      if (flights.get(digest) !== flight) continue;
      if (failed !== undefined && flight.got >= (failed.afterBytes ?? 0)) {
        flights.delete(digest);
        const { failure, waitMs = null, isGone = false } = failed;
        send({ kind: 'fetch-failed', digest, failure, waitMs, isGone });
      } else if (blob.received >= size) {
        flights.delete(digest);
        if (flight.isKept) blob.isComplete = true;
        else {
          for (const podman of podmans.values())
            if (podman.toCommit?.includes(digest)) podman.unkept.add(digest);
          blob.received = 0;
        }
        blob.isAwaited = false;
        send({ kind: 'fetched', digest });
      }
    }
  }

  function work(podman: Podman): void {
    for (;;) {
      if (podmans.get(podman.number) !== podman || podman.freeAtMs > nowMs) return;
      const image = podman.run.images[podman.at];
      if (image === undefined) {
        leave(podman.number, podman.hasPulledAll ? null : podman.failure);
        return;
      }
      const need = needs.get(image);
      if (need?.way === 'direct') {
        if (podman.toCommit !== null) {
          conclude(podman, image);
          continue;
        }
        podman.toCommit = [];
        const ms = world.directMs?.[image] ?? 100;
        if (ms === Number.POSITIVE_INFINITY) podman.freeAtMs = ms;
        else podman.freeAtMs = nowMs + ms;
        return;
      }
      if (podman.toCommit === null) {
        podman.toCommit = blobsOf(image).filter((digest) => !store.has(digest));
        if (need?.isAlone) {
          storeHolder = podman.number;
          if (podman.toCommit.some((digest) => !blobOf(digest).isComplete) && !isCramped())
            faults.push(`${image} starts before all of it is here`);
        }
        for (const digest of podman.toCommit) {
          const blob = blobOf(digest);
          if (blob.isComplete) continue;
          blob.isAwaited = true;
          if (!blob.isRefused) send({ kind: 'asked', digest });
          if (podmans.get(podman.number) !== podman) return;
        }
      }
      const { toCommit } = podman;
      if (toCommit.some((digest) => blobOf(digest).isRefused)) {
        for (const digest of toCommit) blobOf(digest).isAwaited = false;
        podman.failure = { code: 'denied', kind: 'permanent', message: 'refused', hint: null };
        fail(podman, image);
        continue;
      }
      const next = toCommit[0];
      if (next === undefined) {
        conclude(podman, image);
        continue;
      }
      if (store.has(next)) {
        toCommit.shift();
        continue;
      }
      const isHere = blobOf(next).isComplete || podman.unkept.has(next);
      if (!isHere || (storeHolder !== null && storeHolder !== podman.number)) return;
      const ms = 5 + ((sizes.get(next) ?? 0) / (world.unpackRate ?? 50_000_000)) * 1000;
      podman.freeAtMs = nowMs + ms;
      toCommit.shift();
      commits.push({ atMs: nowMs + ms, podman, digest: next });
      send({ kind: 'lane-works', lane: podman.number });
      return;
    }
  }

  const commits: { readonly atMs: number; readonly podman: Podman; readonly digest: string }[] = [];
  const isCramped = () => world.settings.roomBytes < 1e9;

  function conclude(podman: Podman, image: string): void {
    const count = attempts.get(image) ?? 0;
    attempts.set(image, count + 1);
    const words = world.podman?.[image]?.[count];
    if (words === undefined) {
      podman.at += 1;
      podman.toCommit = null;
      send({ kind: 'pulled', lane: podman.number, image });
    } else if (words === null) leave(podman.number, null);
    else {
      podman.failure = words;
      fail(podman, image);
    }
  }

  function fail(podman: Podman, _image: string): void {
    podman.hasPulledAll = false;
    podman.at += 1;
    podman.toCommit = null;
    podman.freeAtMs = nowMs + 1;
  }

  send({ kind: 'started' });
  let lastTime = 0;
  const isEnough = () => world.until?.every((key) => finished.has(key)) === true;
  while (!isOver(state) && !isEnough()) {
    nowMs += tickMs;
    // Nothing comes for long: the next time that matters.
    if (nowMs > dayMs) break;
    for (const ask of asks.splice(0)) {
      if (ask.atMs > nowMs) {
        asks.push(ask);
        continue;
      }
      const count = lookedUp.get(ask.image) ?? 0;
      lookedUp.set(ask.image, count + 1);
      const answers = world.lookUps?.[ask.image] ?? [];
      const answer = answers[Math.min(count, answers.length - 1)];
      if (answer === undefined) faults.push(`${ask.image} is looked up`);
      else if ('code' in answer) send({ kind: 'look-up-failed', image: ask.image, failure: answer });
      else {
        needs.set(ask.image, answer);
        learn(answer);
        send({ kind: 'looked-up', image: ask.image, need: answer });
      }
    }
    transfer();
    for (const commit of commits.splice(0)) {
      const { podman, digest, atMs } = commit;
      if (podmans.get(podman.number) !== podman) continue;
      if (atMs > nowMs) {
        commits.push(commit);
        if (nowMs % 100 === 0) send({ kind: 'lane-works', lane: podman.number });
        continue;
      }
      if (store.has(digest)) continue;
      store.add(digest);
      send({ kind: 'committed', digests: [digest] });
    }
    for (const podman of [...podmans.values()]) {
      if (needs.get(podman.run.images[podman.at] ?? '')?.way === 'direct') {
        if (Number.isFinite(podman.freeAtMs) && nowMs % 100 === 0)
          send({ kind: 'lane-works', lane: podman.number });
      }
      work(podman);
    }
    for (const leaver of leaving.splice(0)) {
      if (leaver.atMs > nowMs) leaving.push(leaver);
      else leave(leaver.number, null);
    }
    const due = [...wakes].filter((atMs) => atMs <= nowMs);
    for (const atMs of due) wakes.delete(atMs);
    if (due.length > 0 || nowMs - lastTime >= 1000) {
      lastTime = nowMs;
      send({ kind: 'time' });
    }
  }
  return {
    finished,
    fetches,
    retries,
    lanes,
    faults,
    events,
    endMs: nowMs,
    isOver: isOver(state),
    state,
    loose: [...flights.keys(), ...[...podmans.keys()].map(String)],
  };
}

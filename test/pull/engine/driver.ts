import type { Failure, FailureCode } from '../../../src/model/failure.js';
import { type EngineState, start, step } from '../../../src/pull/engine/engine.js';
import type {
  BlobNeed,
  EngineAction,
  EngineEvent,
  EngineImage,
  EngineSettings,
  ImageNeed,
} from '../../../src/pull/engine/model.js';

export const megabyte = 1_000_000;

export function failure(code: FailureCode, kind: Failure['kind'] = 'transient'): Failure {
  return { code, kind, message: `${code}!`, hint: null };
}

/** `'base 100, app 2.5'`: blobs with their megabytes; with `~`, podman may fetch parts of it. */
export function blobs(text: string): readonly BlobNeed[] {
  const words = text.split(', ').filter((word) => word !== '');
  return words.map((word) => {
    const [name = '', size] = word.split(' ');
    const isPartial = name.startsWith('~');
    return { digest: name.replace('~', ''), size: Math.round(Number(size) * megabyte), isPartial };
  });
}

/** An image that is had through the relay from `r.io`, unless said otherwise; null for one that must be looked up. */
export function image(key: string, text: string | null, change: Partial<ImageNeed> = {}): EngineImage {
  return { key, need: need(text, change) };
}

export function need(text: string | null, change: Partial<ImageNeed> = {}): ImageNeed {
  return {
    way: 'relay',
    group: 'group',
    isAlone: false,
    blobs: text === null ? null : blobs(text),
    sources: ['r.io'],
    ...change,
  };
}

export const usualSettings: EngineSettings = {
  lanes: 2,
  mostLanes: 4,
  retries: 2,
  stallTimeoutMs: 60_000,
  roomBytes: 1e12,
};

/** An engine at work, told what happens by a test. */
export interface Driver {
  /** Tells it, and returns what is to be done, in short: `fetch base`, `start 1: a b`, `retry a`, `finish a: denied`. */
  tell(...events: readonly EngineEvent[]): readonly string[];
  /** Lets time pass, with an event each second and at the times that were asked for. */
  pass(ms: number): readonly string[];
  /** All actions of the last call. */
  readonly actions: readonly EngineAction[];
  readonly state: EngineState;
  readonly nowMs: number;
}

export function drive(images: readonly EngineImage[], settings: Partial<EngineSettings> = {}): Driver {
  let state = start(images, { ...usualSettings, ...settings });
  let nowMs = 1000;
  let wakeAtMs = Number.POSITIVE_INFINITY;
  let actions: EngineAction[] = [];
  const apply = (event: EngineEvent) => {
    const next = step(state, event, { nowMs, random: 0.5 });
    state = next.state;
    for (const action of next.actions) if (action.kind === 'wake') wakeAtMs = action.atMs;
    actions.push(...next.actions);
  };
  return {
    tell: (...events) => {
      actions = [];
      for (const event of events) apply(event);
      return said(actions);
    },
    pass: (ms) => {
      actions = [];
      const until = nowMs + ms;
      let tick = nowMs + 1000;
      while (nowMs < until) {
        nowMs = Math.min(until, tick, Math.max(wakeAtMs, nowMs + 1));
        if (nowMs >= tick) tick += 1000;
        else if (nowMs < wakeAtMs) continue;
        wakeAtMs = Number.POSITIVE_INFINITY;
        apply({ kind: 'time' });
      }
      return said(actions);
    },
    get actions() {
      return actions;
    },
    get state() {
      return state;
    },
    get nowMs() {
      return nowMs;
    },
  };
}

function said(actions: readonly EngineAction[]): readonly string[] {
  return actions.flatMap((action) => {
    switch (action.kind) {
      case 'wake':
        return [];
      case 'look-up':
        return `look up ${action.image}`;
      case 'fetch': {
        const source = action.source === 0 ? '' : ` from source ${action.source} of ${action.image}`;
        return `fetch ${action.digest}${source}${action.isKept ? '' : ' unkept'}`;
      }
      case 'start-lane':
        return `start ${action.lane}: ${action.images.join(' ')}`;
      case 'end-lane':
        return `end ${action.lane}`;
      case 'retry':
        return `retry ${action.image} ${action.attempt} after ${action.waitMs}: ${action.failure.code}`;
      case 'finish':
        return `finish ${action.image}${action.failure === null ? '' : `: ${action.failure.code}`}`;
      default:
        return `${action.kind} ${action.digest}`;
    }
  });
}

export const started: EngineEvent = { kind: 'started' };

/** Megabytes of a blob are here. */
export function arrived(digest: string, megabytes: number): EngineEvent {
  return { kind: 'arrived', digest, received: Math.round(megabytes * megabyte), size: null };
}

export function fetched(...digests: readonly string[]): readonly EngineEvent[] {
  return digests.map((digest) => ({ kind: 'fetched', digest }));
}

export function asked(...digests: readonly string[]): readonly EngineEvent[] {
  return digests.map((digest) => ({ kind: 'asked', digest }));
}

export function committed(...digests: readonly string[]): EngineEvent {
  return { kind: 'committed', digests };
}

export function pulled(lane: number, image: string): EngineEvent {
  return { kind: 'pulled', lane, image };
}

export function ended(lane: number, failure: Failure | null = null): EngineEvent {
  return { kind: 'lane-ended', lane, failure };
}

export function works(lane: number): EngineEvent {
  return { kind: 'lane-works', lane };
}

export function failed(
  digest: string,
  failure: Failure,
  { waitMs = null, isGone = false }: { readonly waitMs?: number | null; readonly isGone?: boolean } = {},
): EngineEvent {
  return { kind: 'fetch-failed', digest, failure, waitMs, isGone };
}

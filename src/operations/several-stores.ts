import type { Observe, PlanEvent, SummaryEvent } from '../model/events.js';
import { imageKey } from '../model/image-key.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { StoreName } from '../model/store-name.js';
import { byStore } from './into-stores.js';
import type { LeasingStore } from './prefetch.js';
import type { Pulled, WantedNext } from './pulling.js';
import type { Bound } from './read-root.js';

/** One of the stores, on which no other process works until it is released. */
export type OneStore = Omit<LeasingStore, 'complete'> & {
  /** Pulls what is missing, and tells `observe` of it. @throws BoundImagesError for what concerns every image. */
  complete(bound: Bound, signal: AbortSignal, observe: Observe, next?: WantedNext): Promise<Pulled>;
  /** Where what is remembered of it lies. */
  readonly home: string;
};

/**
 * Several stores as one: each gets its images, one store after the other.
 *
 * @param wanted those to open at once; each of the others is opened when images go into it
 * @throws BoundImagesError `busy`, `state`, `store`, `tool-missing`, `usage`.
 */
export async function severalStores(
  open: (name: StoreName, signal: AbortSignal) => Promise<OneStore>,
  wanted: readonly StoreName[],
  observe: Observe,
  signal: AbortSignal,
): Promise<LeasingStore> {
  const opened = new Map<StoreName, OneStore>();
  const idsBefore = new Map<StoreName, Pulled['storedIds']>();
  const release = () => {
    for (const store of opened.values()) store.release();
  };
  const storeOf = async (name: StoreName, stop: AbortSignal) => {
    const store = opened.get(name) ?? (await open(name, stop));
    opened.set(name, store);
    return store;
  };
  const record = (outcomes: Pulled['outcomes']) => {
    for (const [name, store] of opened) {
      const own = outcomes.filter(({ planned }) => (planned.resolved.store ?? 'podman') === name);
      store.record(own, idsBefore.get(name) ?? null);
    }
  };
  try {
    for (const name of wanted) await storeOf(name, signal);
  } catch (error) {
    release();
    throw error;
  }
  return {
    complete: async ({ roots, images }, stop) => {
      const groups = byStore(images);
      // Nothing is pulled before each of them is known to be there.
      for (const { store } of groups) await storeOf(store, stop);
      const run = asOneRun(observe, groups.length);
      const done: Pulled[] = [];
      try {
        for (const [at, { store, images: own }] of groups.entries()) {
          const opening = await storeOf(store, stop);
          const later = groups[at + 1];
          const next = later && wantedNext(own, later.images, (await storeOf(later.store, stop)).home);
          const pulled = await opening.complete({ roots, images: own }, stop, run.observe, next);
          idsBefore.set(store, pulled.storedIds);
          done.push(pulled);
        }
      } catch (error) {
        // Nobody else will hear of what has come into the stores before this one.
        record(done.flatMap(({ outcomes }) => outcomes));
        throw error;
      } finally {
        run.end();
      }
      return {
        outcomes: done.flatMap(({ outcomes }) => outcomes),
        diagnostics: done.flatMap(({ diagnostics }) => diagnostics),
        storedIds: idsBefore.get('podman') ?? null,
        origins: joinOrigins(done.flatMap(({ origins }) => origins)),
      };
    },
    record,
    lease: (lease) => {
      for (const store of opened.values()) store.lease(lease);
    },
    release,
  };
}

/** What both stores get, so that it is fetched once; `undefined` where that is nothing. */
function wantedNext(
  images: readonly ResolvedImage[],
  later: readonly ResolvedImage[],
  home: string,
): WantedNext | undefined {
  const wanted = new Set(later.map(({ image }) => imageKey(image)));
  const keys = images.map(({ image }) => imageKey(image)).filter((key) => wanted.has(key));
  return keys.length === 0 ? undefined : { keys: new Set(keys), home };
}

/**
 * The plans and summaries of runs, one for each store, as those of one run: a later plan adds to what was told before, and
 * there is one summary, which `end` tells.
 */
export function asOneRun(
  observe: Observe,
  runs: number,
): { readonly observe: Observe; readonly end: () => void } {
  if (runs < 2) return { observe, end: () => undefined };
  let plan: PlanEvent | undefined;
  let summary: SummaryEvent | undefined;
  return {
    observe: (event) => {
      if (event.kind === 'summary') summary = summary === undefined ? event : summaryOfBoth(summary, event);
      else if (event.kind === 'plan') {
        plan = plan === undefined ? event : planOfBoth(plan, event);
        observe(plan);
      } else observe(event);
    },
    end: () => {
      if (summary !== undefined) observe(summary);
    },
  };
}

function planOfBoth(a: PlanEvent, b: PlanEvent): PlanEvent {
  return {
    kind: 'plan',
    images: a.images + b.images,
    toPull: a.toPull + b.toPull,
    downloadBytes: sum(a.downloadBytes, b.downloadBytes),
    sharedBytesSaved: sum(a.sharedBytesSaved, b.sharedBytesSaved),
  };
}

function summaryOfBoth(a: SummaryEvent, b: SummaryEvent): SummaryEvent {
  return {
    kind: 'summary',
    images: a.images + b.images,
    present: a.present + b.present,
    pulled: a.pulled + b.pulled,
    failed: a.failed + b.failed,
    bytes: a.bytes + b.bytes,
    origins: joinOrigins([...a.origins, ...b.origins]),
    seconds: a.seconds + b.seconds,
    sharedBytesSaved: sum(a.sharedBytesSaved, b.sharedBytesSaved),
  };
}

/** Each place once. */
function joinOrigins(origins: SummaryEvent['origins']): SummaryEvent['origins'] {
  const places = new Map<string, SummaryEvent['origins'][number]>();
  for (const origin of origins) {
    const key = JSON.stringify([origin.kind, origin.name]);
    places.set(key, { ...origin, bytes: origin.bytes + (places.get(key)?.bytes ?? 0) });
  }
  return [...places.values()];
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

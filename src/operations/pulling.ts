import { setTimeout as sleep } from 'node:timers/promises';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Origin, PullObserver } from '../model/events.js';
import { imageKey } from '../model/image-key.js';
import { type PullOutcome, unknownOutcome } from '../model/outcome.js';
import { isPulled, type PullPlan } from '../model/plan.js';
import { roomForParts } from '../plan/free-space.js';
import { missingLayers, separateBytes, uniqueBytes } from '../plan/space.js';
import { spaceWatch } from '../plan/space-watch.js';
import { pull } from '../pull/pull.js';
import { type RemovedDamaged, removeDamaged as removeDamagedImages } from '../pull/remove-damaged.js';
import { stopped } from '../pull/stopped.js';
import { systemTimer } from '../pull/system-timer.js';
import { workDirectory } from '../pull/work-directory.js';
import { type KeptParts, keptParts } from '../state/kept-parts.js';
import { halfCommittedImage } from '../tools/podman/half-committed.js';
import type { Podman } from '../tools/podman/podman.js';
import { readStoreContent } from '../tools/podman/store-content.js';
import { asker, lazyRegistries } from './asking-registries.js';
import { forReaders } from './for-readers.js';
import type { PullingInput } from './inputs.js';
import { makePlan, type Planned, type PlanningPorts, viewOf } from './planning.js';
import type { Bound } from './read-root.js';
import { lanesFor, noWays, type Ways, waysOf } from './relaying.js';
import { emptySummary, noteOf, tellEmptyRun } from './telling.js';
import { openUnflushed } from './unflushed-store.js';

export interface Pulled {
  /** One for each image, in their order. */
  readonly outcomes: readonly PullOutcome[];
  /** What the plan found. */
  readonly diagnostics: readonly Diagnostic[];
  /** IDs of the images that the store had before; null when the run was stopped before that was known. */
  readonly storedIds: ReadonlySet<string> | null;
  /** Where the blobs came from, as far as this program fetched them. */
  readonly origins: readonly Origin[];
}

/** What another store gets afterwards. */
export interface WantedNext {
  /** Keys of images of which it wants the same layers (`imageKey`). */
  readonly keys: ReadonlySet<string>;
  /** Where it looks for parts. */
  readonly home: string;
}

/** The plan step and the pull step, told as they go on. @throws BoundImagesError for what concerns every image. */
export async function pullImages(
  bound: Bound,
  input: PullingInput,
  ports: PlanningPorts,
  signal: AbortSignal,
  next?: WantedNext,
): Promise<Pulled> {
  const { podman, openRegistries, observe } = ports;
  const { images } = bound;
  const startedAt = performance.now();
  const work = workDirectory();
  const registries = lazyRegistries(bound, openRegistries, () => podman.version(signal), signal);
  let ways: Ways | undefined;
  let kept: KeptParts | undefined;
  let isAnnounced = false;
  try {
    const warn = noteOf(observe, 'warning');
    const unflushed = await openUnflushed(input, podman, observe, signal);
    const { prover } = unflushed;
    const look = () =>
      onWholeStore(podman, warn, signal, () => makePlan(images, input, ports, registries, signal, prover));
    const parts = keptParts(next?.home ?? (await podman.home(signal)));
    kept = parts;
    parts.removeOlder(input.keepParts);
    let found = await look();
    if (makesRoom(found, parts, input.minFree)) found = await look();
    const storedIds = new Set(found.store?.images.map(({ id }) => id));
    if (found.store !== null && (await unflushed.removeDamagedLayers(found.store.files, work, signal)))
      found = await look();
    const removed = await removeDamaged(found, podman, warn, signal);
    const { plan: whole, space, storedLayers, store } = removed === null ? found : await look();
    const planned = removed === null ? whole : withErrors(whole, removed.errors);
    ways = planned.images.some(isPulled)
      ? await waysOf(planned, input, {
          ...{ podman, work, registries, parts, observe, signal },
          isHeld: heldBlobs(planned, next),
        })
      : undefined;
    const plan = ways === undefined ? planned : { ...planned, images: planned.images.map(ways.judge) };
    // What a look that was stopped left unknown is no finding.
    const diagnostics = signal.aborted
      ? []
      : forReaders([...plan.diagnostics, ...(ways?.findings ?? [])], bound.roots.newRoot);
    observe({ kind: 'findings', diagnostics });
    announce(plan, (digest) => ways?.relay?.received(digest) ?? 0, observe);
    isAnnounced = true;
    const lanes = await lanesFor(podman, input, signal);
    const { concurrency: mostLanes, retries, stallTimeout: stallTimeoutMs, minFree } = input;
    const fileSystems = space?.fileSystems ?? [];
    const findShortage = spaceWatch(fileSystems, minFree);
    const room = roomForParts(fileSystems, parts.directory, minFree).bytes;
    const keptTwiceBytes = Math.min(mostKeptTwice, room / 4);
    // Without room nothing is kept; what an earlier run has kept takes none that is free.
    const roomBytes = room - keptTwiceBytes + keptBytes(plan, (digest) => ways?.relay?.received(digest) ?? 0);
    const watching = { signal, storedLayers, findShortage };
    const settings = {
      lanes,
      mostLanes,
      retries,
      stallTimeoutMs,
      roomBytes,
      keptTwiceBytes,
      prover,
      ...watching,
    };
    let outcomes: readonly PullOutcome[] = [];
    try {
      if (ways !== undefined && store !== null && plan.images.some(isPulled)) unflushed.mark(store.files);
      const asking = { input, signal, observe };
      outcomes = await pull(
        plan,
        {
          ...(ways ?? noWays),
          // Each question has time of its own, and a registry that was silent may not be any more. When to ask again is
          // the engine's to decide.
          lookUp: (resolved, stop) =>
            viewOf(podman, asker(registries, { ...asking, signal: stop }, 1), signal).image(resolved, []),
          timer: systemTimer,
          random: Math.random,
          readStore: (wanted, at) => readStoreContent(podman, wanted, at),
          writeOut: unflushed.writeOut,
          flush: unflushed.flush,
        },
        settings,
        observe,
      );
    } finally {
      if (removed !== null) await giveNamesBack(removed.names, outcomes, podman, warn);
    }
    const origins = ways?.origins() ?? [];
    summarize(outcomes, origins, startedAt, observe);
    return { outcomes, diagnostics, storedIds, origins };
  } catch (error) {
    const counts = { images: images.length, failed: images.length };
    if (isAnnounced) observe(emptySummary({ ...counts, seconds: (performance.now() - startedAt) / 1000 }));
    else tellEmptyRun(observe, counts);
    if (!signal.aborted) throw error;
    // Stopped while the store was asked, so that nothing is known of any image.
    const outcomes = images.map((resolved) => unknownOutcome(resolved, stopped(signal)));
    return { outcomes, diagnostics: [], storedIds: null, origins: [] };
  } finally {
    await ways?.close();
    if (input.keepParts === 0 && next === undefined) kept?.removeOlder(0);
    registries.close();
    work.remove();
  }
}

function heldBlobs({ images }: PullPlan, next: WantedNext | undefined): (digest: string) => boolean {
  const held = new Set(
    images
      .filter(({ resolved }) => next?.keys.has(imageKey(resolved.image)))
      .flatMap(({ layers }) => (layers ?? []).map(({ digest }) => digest)),
  );
  return (digest) => held.has(digest);
}

/** Whether parts that an earlier run kept have gone, because there was no room for the pulls beside them. */
function makesRoom({ plan, space }: Planned, parts: KeptParts, minFree: number): boolean {
  if (space === null || !plan.images.some(({ error }) => error?.code === 'no-space')) return false;
  const wanted = new Set(plan.images.flatMap(({ layers }) => layers ?? []).map(({ digest }) => digest));
  const { lackBytes } = roomForParts(space.fileSystems, parts.directory, minFree);
  return parts.makeRoom(lackBytes, (digest) => wanted.has(digest)).length > 0;
}

/** What is here of the layers that are to be pulled, in bytes. */
function keptBytes({ images }: PullPlan, received: (digest: string) => number): number {
  const digests = missingLayers(images.filter(isPulled)).keys();
  return [...digests].reduce((sum, digest) => sum + received(digest), 0);
}

/** Of layers that are in the store and not written out yet, in bytes: to write out often costs time. */
const mostKeptTwice = 64 * 1024 * 1024;

/** Another podman may be about to commit the image. */
const committedMs = 2000;

/** Does what needs the list of images; a half committed image that is in its way is removed. */
async function onWholeStore<T>(
  podman: Podman,
  note: (text: string) => void,
  signal: AbortSignal,
  task: () => Promise<T>,
): Promise<T> {
  let before: string | undefined;
  for (;;) {
    try {
      return await task();
    } catch (error) {
      const broken = halfCommittedImage(error);
      if (broken === undefined) throw error;
      if (broken !== before) await sleep(committedMs, undefined, { signal });
      else if ((await podman.remove(broken, signal)) !== undefined) throw error;
      else note(`removed the image ${broken}, which a pull that was killed had left without a manifest`);
      before = broken;
    }
  }
}

/** null where nothing is damaged. */
async function removeDamaged(
  { plan: { images }, store }: Planned,
  podman: Podman,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<RemovedDamaged | null> {
  if (store === null || !images.some(({ problem }) => problem?.code === 'damaged')) return null;
  return await removeDamagedImages(images, store, podman, note, signal);
}

/** What could not be removed is not pulled: podman would take it for good. */
function withErrors(plan: PullPlan, errors: RemovedDamaged['errors']): PullPlan {
  const images = plan.images.map((image) => {
    const { id, problem } = image;
    if (id === null || problem?.code !== 'damaged' || image.error !== null) return image;
    return { ...image, error: errors.get(id) ?? { ...problem, kind: 'transient' as const } };
  });
  return { ...plan, images };
}

/** Of the same image. Those by which it was pulled it has already. */
async function giveNamesBack(
  names: RemovedDamaged['names'],
  outcomes: readonly PullOutcome[],
  podman: Podman,
  note: (text: string) => void,
): Promise<void> {
  for (const [id, lost] of names) {
    // podman takes no digest for a tag, and needs none.
    const tags = lost.filter((name) => !name.includes('@'));
    const isBack = outcomes.some((outcome) => outcome.id === id && outcome.error === null);
    const failure = isBack && tags.length > 0 ? await podman.tag(id, tags) : null;
    if (isBack && !failure) continue;
    if (tags.length > 0) note(`the image that was damaged is gone, with its names: ${tags.join(', ')}`);
  }
}

/** @param kept how much an earlier run has kept of a layer, in bytes */
function announce({ images }: PullPlan, kept: (digest: string) => number, observe: PullObserver): void {
  const pulled = images.filter(isPulled);
  const isKnown = pulled.every(({ layers }) => layers !== null);
  const missing = pulled.flatMap(({ layers }) => (layers ?? []).filter(({ present }) => !present));
  const sizes = new Map(missing.map(({ digest, size }) => [digest, size]));
  const keptBytes = [...sizes].reduce((sum, [digest, size]) => sum + Math.min(size, kept(digest)), 0);
  const downloadBytes = isKnown ? uniqueBytes(pulled) - keptBytes : null;
  const sharedBytesSaved = isKnown ? separateBytes(pulled) - uniqueBytes(pulled) : null;
  observe({ kind: 'plan', images: images.length, toPull: pulled.length, downloadBytes, sharedBytesSaved });
}

function summarize(
  outcomes: readonly PullOutcome[],
  origins: readonly Origin[],
  startedAt: number,
  observe: PullObserver,
): void {
  const count = (state: PullOutcome['state']) => outcomes.filter((outcome) => outcome.state === state).length;
  const pulled = outcomes.filter(({ state }) => state === 'pulled');
  const planned = pulled.map((outcome) => outcome.planned);
  const keptBytes = origins.reduce((sum, { kind, bytes }) => sum + (kind === 'kept' ? bytes : 0), 0);
  observe({
    kind: 'summary',
    images: outcomes.length,
    present: count('present'),
    pulled: count('pulled'),
    failed: count('failed'),
    bytes: bytesOf(outcomes),
    origins,
    seconds: (performance.now() - startedAt) / 1000,
    // Of what came: what podman pulls by itself may come twice.
    sharedBytesSaved: planned.every(({ layers }) => layers !== null)
      ? Math.max(0, separateBytes(planned) - keptBytes - bytesOf(pulled))
      : null,
  });
}

function bytesOf(outcomes: readonly PullOutcome[]): number {
  return outcomes.reduce((sum, { bytes }) => sum + bytes, 0);
}

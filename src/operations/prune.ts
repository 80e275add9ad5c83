import { existsSync } from 'node:fs';
import type { Deployment } from '../model/deployment.js';
import { BoundImagesError } from '../model/error.js';
import type { Observe } from '../model/events.js';
import type { Failure } from '../model/failure.js';
import type { FindHost } from '../model/ports.js';
import type { StoreImage } from '../model/store.js';
import type { StoreName } from '../model/store-name.js';
import { type Bound, isKept, keepNeeded, type Prunable, prunable } from '../plan/prunable.js';
import { type KeptPart, type KeptParts, olderThan } from '../state/kept-parts.js';
import type { PayloadStore, StoredDeployment } from '../state/payloads.js';
import type { ReceiptStore } from '../state/receipts.js';
import type { ImageNeeds } from '../tools/podman/image-needs.js';
import { boundByDeployments } from './bound-by-deployments.js';
import type { RootInput } from './inputs.js';
import type { StoreSession } from './store-session.js';
import { requireHost } from './target.js';

export interface PruneInput extends Pick<RootInput, 'currentRoot' | 'dir'> {
  /** Says what it would remove, and changes nothing. */
  readonly dryRun: boolean;
  /** How many days what came of a layer is kept; with 0, not at all. */
  readonly keepParts: number;
  readonly signal: AbortSignal;
}

export interface PrunePorts {
  readonly findHost: FindHost;
  readonly receipts: Pick<ReceiptStore, 'read' | 'all' | 'remove'>;
  readonly payloads: Pick<PayloadStore, 'all' | 'remove'>;
  readonly stores: readonly StoreName[];
  /** Asked once for each store. @throws BoundImagesError `busy`, `state`, `store`. */
  readonly openStore: (signal: AbortSignal, store: StoreName) => Promise<PruningStore>;
  readonly observe: Observe;
}

/** A store on which no other process works until it is released. */
export interface PruningStore
  extends Pick<StoreSession, 'pulled' | 'forget' | 'leases' | 'forgetOldLeases' | 'release'> {
  /** Every image. @throws BoundImagesError `store`. */
  images(signal: AbortSignal): Promise<readonly StoreImage[]>;
  /** IDs of those that something uses. @throws BoundImagesError `store` when it cannot be told for certain. */
  usedImages(signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** What its images need, by ID; one of which that is not known is left out. @throws BoundImagesError `store`. */
  imageNeeds(signal: AbortSignal): Promise<ReadonlyMap<string, ImageNeeds>>;
  /** Removes an image that nothing uses; `undefined` when it is gone. Names that are not given keep it. */
  remove(id: string, signal: AbortSignal): Promise<Failure | undefined>;
  /** Takes names from an image, which stays. */
  untag(id: string, names: readonly string[], signal: AbortSignal): Promise<Failure | undefined>;
  readonly parts: Pick<KeptParts, 'list' | 'remove'>;
  /** Digests of the layers that it has. @throws BoundImagesError `store`. */
  layers(signal: AbortSignal): Promise<ReadonlySet<string>>;
}

export interface PrunedImage extends Prunable {
  readonly store: StoreName;
  /** It was removed, or has lost our names. */
  readonly isDone: boolean;
  /** What podman said when it could not. */
  readonly error: string | null;
}

/** What came of a layer when a pull could not finish. */
export interface PrunedPart extends KeptPart {
  /** For which it came. */
  readonly store: StoreName;
  /** `remove`: it is too old, or the store has its layer. */
  readonly action: 'remove' | 'keep';
  readonly isDone: boolean;
}

/** The payloads of a deployment. */
export interface PrunedPayloads extends StoredDeployment {
  /** `remove`: the deployment is gone. */
  readonly action: 'remove' | 'keep';
  readonly isDone: boolean;
}

export interface PruneResult {
  /** Every image that this tool has pulled, store by store. */
  readonly images: readonly PrunedImage[];
  readonly parts: readonly PrunedPart[];
  readonly payloads: readonly PrunedPayloads[];
  readonly isDryRun: boolean;
  /** Why what was removed is not forgotten. */
  readonly unforgotten: BoundImagesError | null;
}

/**
 * Removes what this tool pulled, no deployment binds and nothing uses. Where that is not certain, nothing is removed.
 * Once stopped it removes no more; what it has removed is in the result.
 *
 * @throws BoundImagesError before anything was removed; the reason of `signal`.
 */
export async function prune(input: PruneInput, ports: PrunePorts): Promise<PruneResult> {
  const { dryRun, signal } = input;
  const { receipts } = ports;
  const host = await requireHost(ports.findHost, signal);
  const stores: OpenStore[] = [];
  try {
    for (const name of ports.stores) stores.push({ name, store: await ports.openStore(signal, name) });
    const deployments = await host.deployments(signal);
    const bound = boundByDeployments(deployments, receipts, input);
    const judged: Judged[] = [];
    for (const open of stores) judged.push(await judge(open, bound, input, ports.observe));
    const payloads = judgePayloads(ports, deployments);
    if (dryRun) {
      const images = judged.flatMap(({ name, images: found }) =>
        found.map((image) => untouched(image, name)),
      );
      const parts = judged.flatMap((each) => each.parts);
      return { images, parts, payloads, isDryRun: true, unforgotten: null };
    }
    const removed: (Omit<Judged, 'images'> & Pick<PruneResult, 'images'>)[] = [];
    for (const each of judged) {
      const images = await removeAll(each, signal);
      removed.push({ ...each, images, parts: signal.aborted ? each.parts : removeParts(each) });
    }
    const gone = new Set<string>();
    const unforgotten = failureOf(() => {
      for (const { store, images } of removed) {
        store.forget(images.filter(({ isDone }) => isDone));
        store.forgetOldLeases();
      }
      forgetReceipts(receipts, deployments);
      for (const { deployment, action } of signal.aborted ? [] : payloads) {
        if (action === 'keep') continue;
        ports.payloads.remove(deployment);
        gone.add(deployment);
      }
    });
    const [images, parts] = [removed.flatMap((each) => each.images), removed.flatMap((each) => each.parts)];
    return {
      ...{ images, parts, isDryRun: false, unforgotten },
      payloads: payloads.map((each) => ({ ...each, isDone: gone.has(each.deployment) })),
    };
  } finally {
    for (const { store } of stores) store.release();
  }
}

interface OpenStore {
  readonly name: StoreName;
  readonly store: PruningStore;
}

/** A store, and what is to happen to what is ours in it. */
interface Judged extends OpenStore {
  readonly images: readonly Prunable[];
  readonly parts: readonly PrunedPart[];
}

/** @throws BoundImagesError where it cannot be told for certain. */
async function judge(
  { name, store }: OpenStore,
  bound: Bound,
  input: PruneInput,
  observe: Observe,
): Promise<Judged> {
  const { signal } = input;
  const leasedIds = idsOf(store.leases());
  const { images: pulled, damage } = store.pulled();
  if (damage !== null) {
    const text = `warning: ${damage.message}\nhint: ${damage.hint}`;
    observe({ kind: 'note', level: 'warning', text });
  }
  const stored = await store.images(signal);
  const unwanted = prunable(pulled, stored, bound, await store.usedImages(signal), leasedIds);
  const images = unwanted.some(({ action }) => action === 'remove')
    ? keepNeeded(
        unwanted,
        await store.imageNeeds(signal),
        stored.map(({ id }) => id),
      )
    : unwanted;
  return { name, store, images, parts: await judgeParts({ name, store }, input) };
}

/** Of the images that were prefetched. @throws BoundImagesError `state` when nobody knows them. */
function idsOf({ leases, damage }: ReturnType<StoreSession['leases']>): ReadonlySet<string> {
  if (damage !== null) {
    throw new BoundImagesError('state', `what was prefetched is not known: ${damage.message}`, {
      hint: `nothing was removed; prefetch again what is still wanted, or remove ${damage.file}`,
    });
  }
  return new Set(leases.flatMap(({ ids }) => ids));
}

/** Whether a bound image still needs one, its registry would have to say. */
async function judgeParts(
  { name, store: { parts, layers } }: OpenStore,
  { keepParts, signal }: PruneInput,
): Promise<readonly PrunedPart[]> {
  const all = parts.list();
  if (all.length === 0) return [];
  const stored = await layers(signal);
  const old = new Set(olderThan(all, keepParts, Date.now()));
  return all.map((part) => {
    const isGoing = old.has(part) || stored.has(part.digest);
    return { ...part, store: name, action: isGoing ? 'remove' : 'keep', isDone: false };
  });
}

/** What is damaged there, or nobody's, is kept and said. */
function judgePayloads(
  { payloads, observe }: Pick<PrunePorts, 'payloads' | 'observe'>,
  deployments: readonly Deployment[],
): readonly PrunedPayloads[] {
  const { deployments: stored, damaged } = payloads.all();
  for (const { message, hint } of damaged)
    observe({ kind: 'note', level: 'warning', text: `warning: ${message}\nhint: ${hint}` });
  return stored.map((each) => {
    const isThere = deployments.some(({ id }) => id === each.deployment);
    return { ...each, action: isThere ? 'keep' : 'remove', isDone: false };
  });
}

function removeParts({ parts: found, store: { parts } }: Judged): readonly PrunedPart[] {
  const going = found.filter(({ action }) => action === 'remove');
  parts.remove(going.map(({ digest }) => digest));
  const left = new Set(parts.list().map(({ digest }) => digest));
  return found.map((part) => ({ ...part, isDone: part.action === 'remove' && !left.has(part.digest) }));
}

function untouched(image: Prunable, store: StoreName): PrunedImage {
  return { ...image, store, isDone: false, error: null };
}

async function removeAll(
  { name, images, store }: Judged,
  signal: AbortSignal,
): Promise<readonly PrunedImage[]> {
  const done: PrunedImage[] = [];
  for (const image of images) {
    if (isKept(image) || signal.aborted) done.push(untouched(image, name));
    else {
      const failure = await (image.action === 'remove'
        ? removeImage(image, store, signal)
        : store.untag(image.id, image.names, signal));
      // A podman that was stopped has said nothing.
      if (failure !== undefined && signal.aborted) done.push(untouched(image, name));
      else
        done.push({ ...image, store: name, isDone: failure === undefined, error: failure?.message ?? null });
    }
  }
  return done;
}

/**
 * By its ID, because a name may be another image's by now. podman refuses that while the image has several names, so
 * all but one go first; then one that somebody gave it meanwhile is not lost.
 */
async function removeImage(
  { id, names: [, ...surplus] }: Prunable,
  store: PruningStore,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const failure = surplus.length === 0 ? undefined : await store.untag(id, surplus, signal);
  return failure ?? (await store.remove(id, signal));
}

function forgetReceipts(receipts: PrunePorts['receipts'], deployments: readonly Deployment[]): void {
  for (const receipt of receipts.all()) {
    if (receipt.kind !== 'read') continue;
    const { deployment, root } = receipt.value;
    // One that was named by its root is no deployment of this host.
    const isThere = deployment === root ? existsSync(root) : deployments.some(({ id }) => id === deployment);
    if (!isThere) receipts.remove(deployment);
  }
}

function failureOf(change: () => void): BoundImagesError | null {
  try {
    change();
    return null;
  } catch (error) {
    if (error instanceof BoundImagesError) return error;
    throw error;
  }
}

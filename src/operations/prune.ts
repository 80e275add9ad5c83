import { existsSync } from 'node:fs';
import type { Deployment } from '../model/deployment.js';
import { BoundImagesError } from '../model/error.js';
import type { Observe } from '../model/events.js';
import type { Failure } from '../model/failure.js';
import type { FindHost } from '../model/ports.js';
import type { StoreImage } from '../model/store.js';
import { isKept, keepNeeded, type Prunable, prunable } from '../plan/prunable.js';
import { type KeptPart, type KeptParts, olderThan } from '../state/kept-parts.js';
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
  /** @throws BoundImagesError `busy`, `state`, `store`. */
  readonly openStore: (signal: AbortSignal) => Promise<PruningStore>;
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
  /** It was removed, or has lost our names. */
  readonly isDone: boolean;
  /** What podman said when it could not. */
  readonly error: string | null;
}

/** What came of a layer when a pull could not finish. */
export interface PrunedPart extends KeptPart {
  /** `remove`: it is too old, or the store has its layer. */
  readonly action: 'remove' | 'keep';
  readonly isDone: boolean;
}

export interface PruneResult {
  /** Every image that this tool has pulled. */
  readonly images: readonly PrunedImage[];
  readonly parts: readonly PrunedPart[];
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
  const store = await ports.openStore(signal);
  try {
    const deployments = await host.deployments(signal);
    const bound = boundByDeployments(deployments, receipts, input);
    const leasedIds = idsOf(store.leases());
    const { images: pulled, damage } = store.pulled();
    if (damage !== null) {
      const text = `warning: ${damage.message}\nhint: ${damage.hint}`;
      ports.observe({ kind: 'note', level: 'warning', text });
    }
    const stored = await store.images(signal);
    const unwanted = prunable(pulled, stored, bound, await store.usedImages(signal), leasedIds);
    const found = unwanted.some(({ action }) => action === 'remove')
      ? keepNeeded(
          unwanted,
          await store.imageNeeds(signal),
          stored.map(({ id }) => id),
        )
      : unwanted;
    const parts = await judgeParts(store, input);
    if (dryRun) return { images: found.map(untouched), parts, isDryRun: true, unforgotten: null };
    const images = await removeAll(found, store, signal);
    const prunedParts = signal.aborted ? parts : removeParts(parts, store);
    const unforgotten = failureOf(() => {
      store.forget(images.filter(({ isDone }) => isDone));
      store.forgetOldLeases();
      forgetReceipts(receipts, deployments);
    });
    return { images, parts: prunedParts, isDryRun: false, unforgotten };
  } finally {
    store.release();
  }
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
  { parts, layers }: PruningStore,
  { keepParts, signal }: PruneInput,
): Promise<readonly PrunedPart[]> {
  const all = parts.list();
  if (all.length === 0) return [];
  const stored = await layers(signal);
  const old = new Set(olderThan(all, keepParts, Date.now()));
  return all.map((part) => {
    const isGoing = old.has(part) || stored.has(part.digest);
    return { ...part, action: isGoing ? 'remove' : 'keep', isDone: false };
  });
}

function removeParts(found: readonly PrunedPart[], { parts }: PruningStore): readonly PrunedPart[] {
  const going = found.filter(({ action }) => action === 'remove');
  parts.remove(going.map(({ digest }) => digest));
  const left = new Set(parts.list().map(({ digest }) => digest));
  return found.map((part) => ({ ...part, isDone: part.action === 'remove' && !left.has(part.digest) }));
}

const untouched = (image: Prunable): PrunedImage => ({ ...image, isDone: false, error: null });

async function removeAll(
  images: readonly Prunable[],
  store: PruningStore,
  signal: AbortSignal,
): Promise<readonly PrunedImage[]> {
  const done: PrunedImage[] = [];
  for (const image of images) {
    if (isKept(image) || signal.aborted) done.push(untouched(image));
    else {
      const failure = await (image.action === 'remove'
        ? removeImage(image, store, signal)
        : store.untag(image.id, image.names, signal));
      // A podman that was stopped has said nothing.
      if (failure !== undefined && signal.aborted) done.push(untouched(image));
      else done.push({ ...image, isDone: failure === undefined, error: failure?.message ?? null });
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

import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import { BoundImagesError } from '../model/error.js';
import type { Acceptance } from '../model/receipt.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { StoreContent } from '../model/store.js';
import type { StoreName } from '../model/store-name.js';
import { type Presence, presenceOf, type RecordedImages } from '../plan/presence.js';
import type { PayloadPresence, PayloadProof, PayloadStore } from '../state/payloads.js';
import type { ReadReceipt, ReceiptStore } from '../state/receipts.js';
import { printable } from '../text/printable.js';
import { acceptedOf, isAccepted } from './accepted.js';
import { byStore } from './into-stores.js';
import { payloadDeployment } from './payloads.js';
import { sayUnproved } from './planning.js';
import type { ReadRoot } from './read-root.js';
import type { Target } from './target.js';

/** What it takes to look for the images of a root without a registry. */
export interface ExaminePorts {
  /** What a root that may become bootable binds. @throws BoundImagesError `usage` when it cannot be read. */
  readonly read: (target: Pick<Target, 'root' | 'own'>) => Pick<ReadRoot, 'images' | 'diagnostics'>;
  readonly receipts: Pick<ReceiptStore, 'read'>;
  /**
   * What a store has for the images that are bound and go into it; `ids` are those of images that were proved to be there,
   * by whatever name. @throws BoundImagesError `store`.
   */
  readonly content: (
    bound: readonly ResolvedImage[],
    ids: readonly string[],
    signal: AbortSignal,
    store: StoreName,
  ) => Promise<StoreContent>;
  readonly payloads: Pick<PayloadStore, 'look'>;
}

/** What the store has of a root. */
export interface Examined {
  /** Store by store. */
  readonly images: readonly Presence[];
  /** What they carry for it; none for a root that is no deployment of this host. */
  readonly payloads: readonly PayloadPresence[];
  readonly diagnostics: readonly Diagnostic[];
  /** Images that may be missing; null: none. */
  readonly accepted: Acceptance | null;
  /** `complete`: but for what is accepted to be missing. `invalid`: what the root binds is not certain. */
  readonly verdict: 'complete' | 'incomplete' | 'invalid';
}

/** Scans the root and looks for each image in the store, and for its payloads, without a registry. @throws BoundImagesError. */
export async function examine(
  target: Pick<Target, 'id' | 'root' | 'own'>,
  { read, receipts, content, payloads: stored }: ExaminePorts,
  signal: AbortSignal,
): Promise<Examined> {
  const { images: bound, diagnostics } = read(target);
  const receipt = undamaged(receipts, target.id);
  const images: Presence[] = [];
  // A root that binds nothing needs no podman.
  for (const { store, images: own } of byStore(bound)) {
    const recorded = imagesOf(receipt, store);
    const ids = [...recorded.values()].flatMap((image) => image.id ?? []);
    images.push(...presenceOf(own, await content(own, ids, signal, store), recorded));
  }
  const accepted = acceptedOf(target, receipt);
  const deployment = payloadDeployment(target);
  const payloads =
    deployment === undefined
      ? []
      : await lookForPayloads(deployment, bound, imagesOf(receipt, 'podman'), stored, 'content', signal);
  const isComplete = [
    ...images.map(({ isPresent, resolved }) => ({ isPresent, reference: resolved.image.reference.text })),
    ...payloads,
  ].every(({ isPresent, reference }) => isPresent || isAccepted(accepted, reference));
  const unproved = images.flatMap((image) => (image.isPresent ? (image.unproved ?? []) : []));
  return {
    images,
    payloads,
    diagnostics: [...diagnostics, ...sayUnproved(unproved)],
    accepted,
    verdict: hasErrors(diagnostics) ? 'invalid' : isComplete ? 'complete' : 'incomplete',
  };
}

/**
 * Whether a deployment has what its images carry for it. That it comes of the right image is known where that was
 * recorded, or is bound by its digest, which is part of the reference.
 *
 * @throws the reason of the signal
 */
export async function lookForPayloads(
  deployment: string,
  bound: readonly ResolvedImage[],
  recorded: RecordedImages,
  stored: Pick<PayloadStore, 'look'>,
  proof: PayloadProof,
  signal: AbortSignal,
): Promise<readonly PayloadPresence[]> {
  const wanted = bound.flatMap(({ image: { reference, payloads = [] } }) => {
    const known = recorded.get(reference.text);
    const digest = known?.digest ?? known?.id ?? null;
    return payloads.map((payload) => ({ reference: reference.text, digest, payload }));
  });
  return wanted.length === 0 ? [] : await stored.look(deployment, wanted, proof, signal);
}

/**
 * What was proved to be in a store when the deployment was completed.
 *
 * @throws BoundImagesError `state` when the receipt is damaged: what it says of tags is not known, and they may have
 *   moved since.
 */
export function recordedImages(
  receipts: Pick<ReceiptStore, 'read'>,
  id: string,
  store: StoreName,
): RecordedImages {
  return imagesOf(undamaged(receipts, id), store);
}

function imagesOf(receipt: ReadReceipt, store: StoreName): RecordedImages {
  const images = receipt.kind === 'read' ? receipt.value.images.filter((image) => image.store === store) : [];
  return new Map(images.map((image) => [image.reference, image]));
}

function undamaged(receipts: Pick<ReceiptStore, 'read'>, id: string): ReadReceipt {
  const receipt = receipts.read(id);
  if (receipt.kind !== 'damaged') return receipt;
  throw new BoundImagesError('state', receipt.damage.message, {
    hint: `stage it anew, if it is what is staged; for any other deployment, remove ${printable(receipt.damage.file)}`,
    reason: { kind: 'receipt-damaged', file: printable(receipt.damage.file) },
  });
}

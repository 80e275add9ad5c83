import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import { BoundImagesError } from '../model/error.js';
import type { Acceptance } from '../model/receipt.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { StoreContent } from '../model/store.js';
import { type Presence, presenceOf, type RecordedImages } from '../plan/presence.js';
import type { ReadReceipt, ReceiptStore } from '../state/receipts.js';
import { printable } from '../text/printable.js';
import { acceptedOf, isAccepted } from './accepted.js';
import { sayUnproved } from './planning.js';
import type { ReadRoot } from './read-root.js';
import type { Target } from './target.js';

/** What it takes to look for the images of a root without a registry. */
export interface ExaminePorts {
  /** What a root that may become bootable binds. @throws BoundImagesError `usage` when it cannot be read. */
  readonly read: (target: Pick<Target, 'root' | 'own'>) => Pick<ReadRoot, 'images' | 'diagnostics'>;
  readonly receipts: Pick<ReceiptStore, 'read'>;
  /**
   * What the store has for the images that are bound; `ids` are those of images that were proved to be there, by
   * whatever name. @throws BoundImagesError `store`.
   */
  readonly content: (
    bound: readonly ResolvedImage[],
    ids: readonly string[],
    signal: AbortSignal,
  ) => Promise<StoreContent>;
}

/** What the store has of a root. */
export interface Examined {
  readonly images: readonly Presence[];
  readonly diagnostics: readonly Diagnostic[];
  /** Images that may be missing; null: none. */
  readonly accepted: Acceptance | null;
  /** `complete`: but for what is accepted to be missing. `invalid`: what the root binds is not certain. */
  readonly verdict: 'complete' | 'incomplete' | 'invalid';
}

/** Scans the root and looks for each image in the store, without a registry. @throws BoundImagesError. */
export async function examine(
  target: Pick<Target, 'id' | 'root' | 'own'>,
  { read, receipts, content }: ExaminePorts,
  signal: AbortSignal,
): Promise<Examined> {
  const { images: bound, diagnostics } = read(target);
  const receipt = undamaged(receipts, target.id);
  const recorded = imagesOf(receipt);
  const ids = [...recorded.values()].flatMap((image) => image.id ?? []);
  // A root that binds nothing needs no podman.
  const images = bound.length === 0 ? [] : presenceOf(bound, await content(bound, ids, signal), recorded);
  const accepted = acceptedOf(target, receipt);
  const isComplete = images.every(
    ({ isPresent, resolved }) => isPresent || isAccepted(accepted, resolved.image.reference.text),
  );
  const unproved = images.flatMap((image) => (image.isPresent ? (image.unproved ?? []) : []));
  return {
    images,
    diagnostics: [...diagnostics, ...sayUnproved(unproved)],
    accepted,
    verdict: hasErrors(diagnostics) ? 'invalid' : isComplete ? 'complete' : 'incomplete',
  };
}

/**
 * What was proved to be there when the deployment was completed.
 *
 * @throws BoundImagesError `state` when the receipt is damaged: what it says of tags is not known, and they may have
 *   moved since.
 */
export function recordedImages(receipts: Pick<ReceiptStore, 'read'>, id: string): RecordedImages {
  return imagesOf(undamaged(receipts, id));
}

function imagesOf(receipt: ReadReceipt): RecordedImages {
  return new Map(
    receipt.kind === 'read' ? receipt.value.images.map((image) => [image.reference, image]) : [],
  );
}

function undamaged(receipts: Pick<ReceiptStore, 'read'>, id: string): ReadReceipt {
  const receipt = receipts.read(id);
  if (receipt.kind !== 'damaged') return receipt;
  throw new BoundImagesError('state', receipt.damage.message, {
    hint: `stage it anew, if it is what is staged; for any other deployment, remove ${printable(receipt.damage.file)}`,
    reason: { kind: 'receipt-damaged', file: printable(receipt.damage.file) },
  });
}

import { exitStatus } from '../cli/exit-status.js';
import type { RootOptions } from '../cli/options.js';
import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import { BoundImagesError } from '../model/error.js';
import type { Observe } from '../model/events.js';
import { type Presence, presenceOf, type RecordedImages } from '../plan/presence.js';
import { type ReceiptStore, receiptStore } from '../state/receipts.js';
import { stateDirectory } from '../state/state-directory.js';
import { printable } from '../text/printable.js';
import { readStoreContent } from '../tools/podman/store-content.js';
import type { ProofInput, StoreInput } from './inputs.js';
import { podmanOf, proverFor, sayUnproved } from './planning.js';
import { readOs } from './read-root.js';
import type { Target } from './target.js';

export interface ExamineOptions extends Omit<RootOptions, 'root'>, StoreInput, ProofInput {
  readonly stateDir?: string | undefined;
}

/** What the store has of a root. */
export interface Examined {
  readonly images: readonly Presence[];
  readonly diagnostics: readonly Diagnostic[];
  readonly status: number;
}

/** Scans the root and looks for each image in the store, without a registry. @throws BoundImagesError. */
export async function examine(
  { id, root }: Target,
  options: ExamineOptions,
  signal: AbortSignal,
  observe: Observe,
): Promise<Examined> {
  const { images: bound, diagnostics } = readOs({ ...options, root });
  const recorded = recordedImages(receiptStore(stateDirectory(options.stateDir)), id);
  const ids = [...recorded.values()].flatMap((image) => image.id ?? []);
  const look = { signal, prover: proverFor(options, observe), ids };
  const images =
    bound.length === 0
      ? []
      : presenceOf(bound, await readStoreContent(podmanOf(options, observe), bound, look), recorded);
  const isComplete = images.every(({ isPresent }) => isPresent);
  const status = isComplete ? exitStatus.ok : exitStatus.imageMissing;
  const unproved = images.flatMap((image) => (image.isPresent ? (image.unproved ?? []) : []));
  return {
    images,
    diagnostics: [...diagnostics, ...sayUnproved(unproved)],
    status: hasErrors(diagnostics) ? exitStatus.configuration : status,
  };
}

/**
 * What was proved to be there when the deployment was completed.
 *
 * @throws BoundImagesError `state` when the receipt is damaged: what it says of tags is not known, and they may have
 *   moved since.
 */
export function recordedImages(receipts: ReceiptStore, id: string): RecordedImages {
  const receipt = receipts.read(id);
  if (receipt.kind === 'damaged') {
    throw new BoundImagesError('state', receipt.damage.message, {
      hint: `run “bound-images stage” for what is staged; for any other deployment, remove ${printable(receipt.damage.file)}`,
    });
  }
  return new Map(
    receipt.kind === 'read' ? receipt.value.images.map((image) => [image.reference, image]) : [],
  );
}

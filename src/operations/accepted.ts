import { didYouMean } from '../diagnostic/did-you-mean.js';
import { BoundImagesError } from '../model/error.js';
import type { Observe } from '../model/events.js';
import type { Acceptance } from '../model/receipt.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { ReadReceipt } from '../state/receipts.js';
import { printable } from '../text/printable.js';
import type { Target } from './target.js';

// In an emergency somebody lets a deployment boot without some of its images: `stage --accept-missing`.

/**
 * What an earlier run was told may be missing of a deployment. Of a damaged receipt nothing is known, so nothing may; a
 * root that is no deployment may be another one by now at the same path.
 */
export function acceptedOf(
  { id, root }: Pick<Target, 'id' | 'root'>,
  receipt: ReadReceipt,
): Acceptance | null {
  return receipt.kind === 'read' && id !== root ? receipt.value.accepted : null;
}

/** Whether that image may be missing. */
export function isAccepted(accepted: Acceptance | null, reference: string): boolean {
  return accepted?.references.includes(reference) ?? false;
}

/** @throws BoundImagesError `usage` where an image is named that nothing asks for: a slip would accept nothing. */
export function requireBound(references: readonly string[], images: readonly ResolvedImage[]): void {
  const bound = images.map(({ image }) => image.reference.text);
  const unbound = references.find((reference) => !bound.includes(reference));
  if (unbound === undefined) return;
  throw new BoundImagesError('usage', `the deployment does not bind “${printable(unbound)}”`, {
    hint: didYouMean(unbound, bound) ?? 'write it as it is bound, with its registry and its tag or digest',
  });
}

/** Warns of images that are missing and were accepted to be. Returns these; null: none. */
export function sayAccepted(
  missing: readonly string[],
  accepted: Acceptance | null,
  observe: Observe,
): Acceptance | null {
  const references = [...new Set(missing)].filter((reference) => isAccepted(accepted, reference));
  if (accepted === null || references.length === 0) return null;
  for (const reference of references) {
    const text = `${printable(reference)} is missing, which was accepted at ${accepted.at}: ${printable(accepted.reason)}`;
    observe({ kind: 'note', level: 'warning', text });
  }
  return { ...accepted, references };
}

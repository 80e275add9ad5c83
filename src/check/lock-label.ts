import { diagnose } from '../diagnostic/diagnose.js';
import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import { nowhere } from '../diagnostic/place.js';
import { boundByLabel, lockIn } from '../layers/bound-by-label.js';
import type { BoundImage } from '../model/bound-image.js';
import { emptyTree } from '../root/empty-tree.js';
import { rootView } from '../root/root-view.js';
import { lockOf } from '../scan/drop-in/lock.js';
import { scan } from '../scan/scan.js';

/**
 * Whether what the label of an image says is what its root binds: `prefetch` believes it. No label says nothing.
 *
 * @param bound what the root binds; what no label can say does not count
 */
export function checkLockLabel(
  labels: ReadonlyMap<string, string>,
  bound: readonly BoundImage[],
): readonly Diagnostic[] {
  const label = lockIn(labels);
  if (label === undefined) return [];
  const { images, diagnostics } = scan(rootView(boundByLabel(emptyTree, label), 'new'));
  const problem = diagnostics.find(({ severity }) => severity === 'error')?.message ?? null;
  const named = locksByReference(images);
  const wanted = locksByReference(bound);
  const lacking = [...wanted.keys()].filter((reference) => !named.has(reference));
  const surplus = [...named.keys()].filter((reference) => !wanted.has(reference));
  const otherwise = [...wanted.keys()].filter(
    (reference) => named.has(reference) && named.get(reference) !== wanted.get(reference),
  );
  const isSame = lacking.length + surplus.length + otherwise.length === 0;
  if (isSame && !hasErrors(diagnostics)) return [];
  return [diagnose('lock-label-differs', nowhere, { lacking, surplus, otherwise, problem })];
}

/** What a label says of each image, by its reference. */
function locksByReference(images: readonly BoundImage[]): ReadonlyMap<string, string> {
  const leftOut = new Set(lockOf(images).leftOut);
  const locked = images.filter((image) => !leftOut.has(image));
  return new Map(locked.map((image) => [image.reference.text, lockOf([image]).text]));
}

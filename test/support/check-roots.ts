import { checkSubject } from '../../src/check/check.js';
import { nothingBound } from '../../src/check/nothing-bound.js';
import { type Diagnostic, withoutRepeats } from '../../src/diagnostic/diagnostic.js';
import { resolve } from '../../src/resolve/resolve.js';
import type { Roots } from '../../src/root/open-roots.js';
import { scan } from '../../src/scan/scan.js';

/** Everything that `check` finds offline, before anybody judges it. */
export function checkRoots(roots: Roots): readonly Diagnostic[] {
  const scanned = scan(roots.newRoot);
  const resolved = resolve(scanned.images, roots);
  const subject = { ...scanned, roots, images: resolved.images };
  const found = [...scanned.diagnostics, ...resolved.diagnostics, ...checkSubject(subject)];
  return [...withoutRepeats(found), ...nothingBound(roots.newRoot, roots.newRoot.hostPath)];
}

/** `rule file:line:column`, as far as these are known. */
export function findingText({ rule, file, line, column }: Diagnostic): string {
  const place = [file, line, column].filter((part) => part !== null).join(':');
  return place === '' ? rule : `${rule} ${place}`;
}

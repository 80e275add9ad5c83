import type { Diagnostic } from '../../src/diagnostic/diagnostic.js';
import { findCandidates } from '../../src/fix/candidates.js';
import type { KeepsReference } from '../../src/fix/kept-references.js';
import { type FixPlan, planFixes } from '../../src/fix/plan-fixes.js';
import { resolve } from '../../src/resolve/resolve.js';
import type { Roots } from '../../src/root/open-roots.js';
import { scan } from '../../src/scan/scan.js';
import { makeRoots } from '../support/roots.js';
import type { TreeSpec } from '../support/tree.js';

export const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

export const keepsNothing: KeepsReference = () => false;

/** What a fix would do to a tree where a registry has every image, each with the same digest, or none at all. */
export function fixTree(
  tree: TreeSpec,
  {
    registry = 'answers',
    keeps = keepsNothing,
    update = false,
  }: { registry?: 'answers' | 'silent'; keeps?: KeepsReference; update?: boolean } = {},
): FixPlan {
  return fixRoots(makeRoots(tree), registry, keeps, update);
}

export function fixRoots(
  roots: Roots,
  registry: 'answers' | 'silent',
  keeps = keepsNothing,
  update = false,
): FixPlan {
  const { images, entries, units } = scan(roots.newRoot);
  const resolved = resolve(images, roots).images;
  const candidates = findCandidates(roots.newRoot, { images: resolved, entries, units }, keeps, update);
  const wanted = candidates.filter(({ pin }) => registry === 'answers' && pin.kind === 'wanted');
  return planFixes(candidates, new Map(wanted.map((candidate) => [candidate.resolved, digest])), keeps);
}

/** Files by name, in latin1, so that each byte is a character. */
export function afterText({ files }: FixPlan): Readonly<Record<string, string>> {
  return Object.fromEntries(files.map(({ name, after }) => [name, after.toString('latin1')]));
}

/** `rule file:line:column message` */
export function findingText({ rule, file, line, column, message }: Diagnostic): string {
  return `${rule} ${file}:${line}:${column} ${message}`;
}

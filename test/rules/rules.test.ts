import { describe, expect, test } from 'vitest';
import { fixes } from '../../src/diagnostic/rules/fixes.js';
import { online } from '../../src/diagnostic/rules/online.js';
import { plans } from '../../src/diagnostic/rules/plans.js';
import { suppressions } from '../../src/diagnostic/rules/suppressions.js';
import { type RuleId, ruleIds } from '../../src/diagnostic/rules.js';
import { checkRoots, findingText } from '../support/check-roots.js';
import { makeRoots } from '../support/roots.js';
import type { TreeSpec } from '../support/tree-spec.js';
import { changed, cleanRoot } from './clean-root.js';
import { isOfCleanRoot } from './findings-of-clean-root.js';
import { rows } from './rows.js';

/** Rules without a row: what is found is in no tree, or not found by what reads one. */
const withoutRow: readonly string[] = [
  // Found by asking registries and podman.
  ...Object.keys({ ...plans, ...online, ...fixes }),
  // Found when findings are judged.
  ...Object.keys(suppressions),
  // Found with an option of `check` only; see test/check/unbound-images.test.ts.
  'image-unbound' satisfies RuleId,
  'image-unknown' satisfies RuleId,
  // Found with the labels of an image only; see test/check/lock-label.test.ts.
  'lock-label-differs' satisfies RuleId,
  // Found where directories are named only; see test/scan/scan.test.ts.
  'directory-missing' satisfies RuleId,
  // Found by what makes roots bootable only; see test/scan/os-release.test.ts.
  'root-without-os' satisfies RuleId,
  // Nothing is unreadable for root, who may run the tests; see test/scan/unit/searched-directories.test.ts.
  'search-directory-unreadable' satisfies RuleId,
];

test('the clean root has no findings', () => {
  expect(checkRoots(makeRoots(cleanRoot)).map(findingText)).toEqual([]);
});

test('every rule that is found in a tree has a row', () => {
  const covered = new Set<string>([...rows.map(({ rule }) => rule), ...withoutRow]);
  expect(ruleIds.filter((rule) => !covered.has(rule))).toEqual([]);
});

describe.each(rows)('$rule: $name', ({ rule, wrong, at, beside = [], right }) => {
  test('is found where it is', () => {
    const wanted = [...at.map((place) => `${rule} ${place}`), ...beside];
    expect(findingsOf(changed(wrong), rule).toSorted()).toEqual(wanted.toSorted());
  });

  test('is not found in the nearest thing that is right', () => {
    expect(findingsOf(changed(right), rule)).toEqual([]);
  });
});

/** What is found in a tree, as far as a row of `rule` has to answer for it. */
function findingsOf(tree: TreeSpec, rule: RuleId): readonly string[] {
  return checkRoots(makeRoots(tree))
    .filter((finding) => finding.rule === rule || !isOfCleanRoot(finding))
    .map(findingText);
}

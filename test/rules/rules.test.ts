import { describe, expect, test } from 'vitest';
import { fixes } from '../../src/diagnostic/rules/fixes.js';
import { online } from '../../src/diagnostic/rules/online.js';
import { plans } from '../../src/diagnostic/rules/plans.js';
import { suppressions } from '../../src/diagnostic/rules/suppressions.js';
import { type RuleId, ruleIds } from '../../src/diagnostic/rules.js';
import { checkRoots, findingText } from '../support/check-roots.js';
import { makeRoots } from '../support/roots.js';
import { changed, cleanRoot } from './clean-root.js';
import { rows } from './rows.js';

/** Rules without a row: what is found is in no tree, or not found by what reads one. */
const withoutRow: readonly string[] = [
  // Found by asking registries and podman.
  ...Object.keys({ ...plans, ...online, ...fixes }),
  // Found when findings are judged.
  ...Object.keys(suppressions),
  // Found with an option of `check` only; see test/check/unbound-images.test.ts.
  'image-unbound' satisfies RuleId,
  // Found where directories are named only; see test/scan/scan.test.ts.
  'directory-missing' satisfies RuleId,
  // Found by what makes roots bootable only; see test/scan/os-release.test.ts.
  'root-without-os' satisfies RuleId,
  // Nothing is unreadable for root, who may run the tests; see test/scan/searched-directories.test.ts.
  'search-directory-unreadable' satisfies RuleId,
];

function findings(tree: Parameters<typeof makeRoots>[0]): readonly string[] {
  return checkRoots(makeRoots(tree)).map(findingText);
}

test('the clean root gives nothing', () => {
  expect(findings(cleanRoot)).toEqual([]);
});

test('every rule that is found in a tree has a row', () => {
  const covered = new Set<string>([...rows.map(({ rule }) => rule), ...withoutRow]);
  expect(ruleIds.filter((rule) => !covered.has(rule))).toEqual([]);
});

describe.each(rows)('$rule: $name', ({ rule, wrong, at, beside = [], right }) => {
  test('is found where it is', () => {
    const wanted = [...at.map((place) => `${rule} ${place}`), ...beside];
    expect(findings(changed(wrong)).toSorted()).toEqual(wanted.toSorted());
  });

  test('is not found in the nearest thing that is right', () => {
    expect(findings(changed(right))).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { online } from '../../src/diagnostic/rules/online.js';
import { plans } from '../../src/diagnostic/rules/plans.js';
import type { RuleId } from '../../src/diagnostic/rules.js';
import { encodePath } from '../../src/model/path.js';
import { checkRoots, findingText } from '../support/check-roots.js';
import { makeRoots } from '../support/roots.js';
import { file, symlink, type TreeSpec } from '../support/tree.js';
import { cleanRoot, digest } from './clean-root.js';
import { isOfCleanRoot } from './findings-of-clean-root.js';
import { rulePages } from './rule-page.js';

/** An example names each of its files in a line `# /path` above it, and a link as `# /path -> /target`. */
const heading = /^# (?=\/)/m;

/** Most examples go without the line that this rule asks for, as it has nothing to do with them. */
const leftOut: RuleId = 'bootc-store-unseen';

/** What a tree alone does not show: `check` finds it with an option, or another command does. */
const elsewhere: readonly string[] = [
  'image-unbound',
  'image-unknown',
  ...Object.keys(plans),
  ...Object.keys(online),
];

const pages = rulePages().filter(
  ({ name, bad, good }) => heading.test(bad) && heading.test(good) && !elsewhere.includes(name),
);

describe.each(pages)('the example of $name', ({ name, severity, bad, good }) => {
  test('gives its finding where it is bad', () => {
    const found = check(bad).filter(({ rule }) => rule === name);
    expect(new Set(found.map((finding) => finding.severity))).toEqual(new Set([severity]));
  });

  test('gives nothing where it is good', () => {
    const found = check(good).filter((finding) => finding.rule === name || !isOfCleanRoot(finding));
    expect(found.filter(({ rule }) => rule !== leftOut).map(findingText)).toEqual([]);
  });
});

/** What is found in the clean root with the files of an example in the place of its own. */
function check(example: string): ReturnType<typeof checkRoots> {
  const files = filesOf(example);
  const kept = Object.entries(cleanRoot).filter(
    ([path]) => !Object.keys(files).some((shown) => path.startsWith(`${shown}/`)),
  );
  return checkRoots(makeRoots({ ...Object.fromEntries(kept), ...files }));
}

function filesOf(example: string): TreeSpec {
  const parts = example
    .replaceAll('sha256:…', digest)
    .replace(/\\x([89a-f].)/g, toByte)
    .split(heading);
  return Object.fromEntries(
    parts.slice(1).map((part) => {
      const [, path = '', target, content = ''] = /^\/(\S+)(?: -> (\S+))?\n(.*)$/s.exec(part) ?? [];
      return [path, target === undefined ? file(encodePath(content), { mode: 0o600 }) : symlink(target)];
    }),
  );
}

/** A byte that is not UTF-8, as `decodeName` writes it. */
function toByte(_escape: string, hexadecimal: string): string {
  return String.fromCharCode(0xdc00 + Number.parseInt(hexadecimal, 16));
}

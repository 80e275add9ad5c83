import { expect, test } from 'vitest';
import { checkSubject } from '../../src/check/check.js';
import { judge } from '../../src/check/judge.js';
import type { Level } from '../../src/check/settings.js';
import type { RuleId } from '../../src/diagnostic/rules.js';
import { keptReferences } from '../../src/fix/kept-references.js';
import { resolve } from '../../src/resolve/resolve.js';
import { scan } from '../../src/scan/scan.js';
import { makeRoots } from '../support/roots.js';
import { afterText, digest, fixRoots } from './fix-tree.js';

const path = 'usr/lib/bound-images.d/app.toml';

function fixed(lines: readonly string[], levels: readonly (readonly [RuleId, Level])[]): string | undefined {
  const roots = makeRoots({ [path]: `images = [\n${lines.join('\n')}\n]\n` });
  const scanned = scan(roots.newRoot);
  const resolved = resolve(scanned.images, roots);
  const subject = { ...scanned, roots, images: resolved.images };
  const found = [...scanned.diagnostics, ...resolved.diagnostics, ...checkSubject(subject)];
  const judged = judge(found, { levels: new Map(levels), strict: false }, subject);
  return afterText(fixRoots(roots, 'answers', keptReferences(found, judged)))[path];
}

const floating = '"quay.io/shop/app:1",';
const pinned = `"quay.io/shop/app:1@${digest}",`;

test.each([
  {
    name: 'a tag stays when a comment says so',
    before: ['# bound-images: ignore reference-floating: the fleet follows it', floating],
    after: undefined,
  },
  {
    name: 'a tag stays when a setting says so',
    before: [floating],
    levels: [['reference-floating', 'off']] as const,
    after: undefined,
  },
  {
    name: 'a tag is pinned when a setting makes it worse',
    before: [floating],
    levels: [['reference-floating', 'error']] as const,
    after: [pinned],
  },
  {
    name: 'a tag is pinned when a comment is about another rule',
    before: ['# bound-images: ignore reference-tag-and-digest: a bot reads the tag', floating],
    after: ['# bound-images: ignore reference-tag-and-digest: a bot reads the tag', pinned],
  },
])('$name', ({ before, levels = [], after }) => {
  expect(fixed(before, levels)).toBe(after && `images = [\n${after.join('\n')}\n]\n`);
});

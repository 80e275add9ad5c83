import { expect, test } from 'vitest';
import { oncePerLine } from '../../src/check/once-per-line.js';
import type { Diagnostic } from '../../src/diagnostic/diagnostic.js';
import { inFile } from '../../src/diagnostic/place.js';
import { makeRoots } from '../support/roots.js';
import { symlink } from '../support/tree.js';

const { newRoot } = makeRoots({
  'units/web@.container': '',
  'units/web@a.container': symlink('web@.container'),
  'units/web@b.container': symlink('/units/web@.container'),
});

function inUnit(name: string, other: Partial<Diagnostic> = {}): Diagnostic {
  return {
    rule: 'reference-floating',
    severity: 'warning',
    message: 'it may move',
    hint: null,
    ...inFile(`/units/${name}`),
    line: 2,
    column: 7,
    excerpt: null,
    ...other,
  };
}

test('says once what is found in a line through several links', () => {
  const found = ['web@.container', 'web@a.container', 'web@b.container'].map((name) => inUnit(name));
  expect(oncePerLine(found, newRoot)).toEqual(found.slice(0, 1));
});

test.each([
  { name: 'another rule', other: { rule: 'reference-short' } as const },
  { name: 'another line', other: { line: 3 } },
  { name: 'another column', other: { column: 8 } },
  { name: 'another message', other: { message: 'of web@a.container' } },
  { name: 'no line, which may be about the link', other: { line: null, column: null } },
])('keeps a finding of $name', ({ other }) => {
  const found = [inUnit('web@.container'), inUnit('web@a.container', other), inUnit('web@b.container')];
  expect(oncePerLine(found, newRoot)).toEqual(found.slice(0, 2));
});

test('keeps what has no line in each of the links', () => {
  const found = ['web@a.container', 'web@b.container'].map((name) =>
    inUnit(name, { line: null, column: null }),
  );
  expect(oncePerLine(found, newRoot)).toEqual(found);
});

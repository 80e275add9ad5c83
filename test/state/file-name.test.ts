import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileName } from '../../src/state/file-name.js';

test.each([
  { text: 'fedora-coreos-0a1b2c.0', name: 'fedora-coreos-0a1b2c.0' },
  { text: '/srv/root', name: '%2fsrv%2froot' },
  { text: '..', name: '%2e.' },
  { text: '', name: '' },
  { text: '100%', name: '100%25' },
  { text: 'größe\n', name: 'gr%c3%b6%c3%9fe%0a' },
])('names the file of $text $name', ({ text, name }) => {
  expect(fileName(text)).toBe(name);
});

test('gives different texts different names, each short enough and without a slash', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
      expect(fileName(one) === fileName(other)).toBe(one === other);
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => {
      expect(fileName(text)).toMatch(/^[\w%-][\w.%-]{0,199}$|^$/);
    }),
  );
});

test('shortens a long name, and keeps it apart from others', () => {
  const names = ['x', 'y'].map((end) => fileName(`${'a'.repeat(300)}${end}`));
  expect(names).toEqual([expect.stringMatching(/^[\da-f]{64}$/), expect.stringMatching(/^[\da-f]{64}$/)]);
  expect(names[0]).not.toBe(names[1]);
});

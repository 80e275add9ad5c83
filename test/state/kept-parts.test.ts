import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keptParts } from '../../src/state/kept-parts.js';
import { makeTree } from '../support/tree.js';

const dayMs = 24 * 60 * 60 * 1000;
const nowMs = 1_800_000_000_000;
const hex = (letter: string) => letter.repeat(64);
const digestOf = (letter: string) => `sha256:${hex(letter)}`;

interface Made {
  readonly letter: string;
  readonly days?: number;
  readonly bytes?: number;
  readonly boot?: string;
  readonly flushed?: number;
}

/** Parts as a relay writes them. */
function partsWith(...made: readonly Made[]) {
  const parts = keptParts(makeTree({}), 'now');
  mkdirSync(parts.directory, { recursive: true });
  for (const { letter, days = 0, bytes = 10, boot = 'now', flushed = 0 } of made) {
    const path = join(parts.directory, `sha256-${hex(letter)}`);
    writeFileSync(path, 'x'.repeat(bytes));
    writeFileSync(`${path}.journal`, JSON.stringify({ boot, flushed }));
    const seconds = (nowMs - days * dayMs) / 1000;
    utimesSync(path, seconds, seconds);
  }
  const left = () => readdirSync(parts.directory).map((name) => name[7]);
  return { ...parts, left };
}

const letters = (parts: readonly { readonly digest: string }[]) => parts.map(({ digest }) => digest[7]);

test('a store in which nothing was kept has no parts, and no directory is made', () => {
  const parts = keptParts(makeTree({}));
  expect(parts.list()).toEqual([]);
  expect(parts.removeOlder(0)).toEqual([]);
  expect(existsSync(parts.directory)).toBe(false);
});

test('a part of this boot counts as it is, one of another as far as it was flushed', () => {
  const parts = partsWith(
    { letter: 'b', bytes: 10 },
    { letter: 'a', bytes: 20, boot: 'before', flushed: 15, days: 2 },
    { letter: 'c', bytes: 30, boot: 'before' },
  );
  writeFileSync(join(parts.directory, 'README'), 'x');
  expect(parts.list()).toEqual([
    { digest: digestOf('a'), bytes: 15, changedMs: nowMs - 2 * dayMs },
    { digest: digestOf('b'), bytes: 10, changedMs: nowMs },
    { digest: digestOf('c'), bytes: 0, changedMs: nowMs },
  ]);
});

describe('age', () => {
  const some = [
    { letter: 'a', days: 7 },
    { letter: 'b', days: 6.99 },
    { letter: 'c', days: -3 },
  ] as const;

  test('removes what nothing was added to for so long, with its journal', () => {
    const parts = partsWith(...some);
    expect(letters(parts.removeOlder(7, nowMs))).toEqual(['a']);
    expect(parts.left()).toEqual(['b', 'b', 'c', 'c']);
  });

  test('of 0 days removes all', () => {
    const parts = partsWith(...some);
    expect(letters(parts.removeOlder(0, nowMs))).toEqual(['a', 'b', 'c']);
    expect(parts.left()).toEqual([]);
  });
});

test('those that are named go, and one that is gone is fine', () => {
  const parts = partsWith({ letter: 'a' }, { letter: 'b' });
  parts.remove([digestOf('a'), digestOf('f')]);
  expect(letters(parts.list())).toEqual(['b']);
});

describe('room', () => {
  const some = [
    { letter: 'a', days: 1 },
    { letter: 'b', days: 3 },
    { letter: 'c', days: 2 },
  ] as const;

  test.each([
    { bytes: 0, wanted: [], gone: [] },
    { bytes: 1, wanted: [], gone: ['b'] },
    { bytes: 11, wanted: [], gone: ['b', 'c'] },
    { bytes: 10, wanted: ['b', 'c'], gone: ['a'] },
    { bytes: 11, wanted: ['b', 'c'], gone: ['a', 'b'] },
    { bytes: 1000, wanted: ['a'], gone: ['b', 'c', 'a'] },
  ])('of $bytes bytes, where $wanted are wanted, costs $gone', ({ bytes, wanted, gone }) => {
    const parts = partsWith(...some);
    const isWanted = (digest: string) => wanted.some((letter) => digestOf(letter) === digest);
    expect(letters(parts.makeRoom(bytes, isWanted))).toEqual(gone);
    expect(letters(parts.list())).toEqual(['a', 'b', 'c'].filter((letter) => !gone.includes(letter)));
  });
});

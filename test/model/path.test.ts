import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareNames,
  decodeName,
  encodePath,
  isUtf8Name,
  joinRootPath,
  rootPath,
} from '../../src/model/path.js';

describe('rootPath', () => {
  test.each([
    ['', '/'],
    ['.', '/'],
    ['/', '/'],
    ['a/b', '/a/b'],
    ['//a///b', '/a/b'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/a/../b'],
    ['../a', '/../a'],
    ['/a/', '/a/'],
    ['/a//', '/a/'],
    ['/a/.', '/a/'],
    ['/a/..', '/a/..'],
    ['/.a/b.', '/.a/b.'],
  ])('makes %j into %j', (text, path) => {
    expect(rootPath(text)).toBe(path);
  });

  test.each([
    ['/', ['a'], '/a'],
    ['/a/b', ['c', 'd'], '/a/b/c/d'],
    ['/a', ['../b'], '/a/../b'],
    ['/a', ['/b'], '/a/b'],
    ['/a', [], '/a'],
  ])('joins %j and %j to %j', (dir, names, path) => {
    expect(joinRootPath(rootPath(dir), ...names)).toBe(path);
  });
});

describe('names as text', () => {
  test.each([
    { name: 'plain text', bytes: [0x61, 0xc3, 0xa9], text: 'aé' },
    { name: 'a character outside the BMP', bytes: [0xf0, 0x9f, 0x90, 0xb3], text: '🐳' },
    { name: 'a stray byte', bytes: [0x61, 0xff, 0x62], text: 'a\udcffb' },
    { name: 'a sequence cut short', bytes: [0xe2, 0x82], text: '\udce2\udc82' },
    { name: 'an overlong encoding', bytes: [0xc0, 0x80], text: '\udcc0\udc80' },
    { name: 'an encoded surrogate', bytes: [0xed, 0xb2, 0x80], text: '\udced\udcb2\udc80' },
    { name: 'a good character after a stray byte', bytes: [0xc3, 0xc3, 0xa9], text: '\udcc3é' },
  ])('keeps $name', ({ bytes, text }) => {
    expect(decodeName(Buffer.from(bytes))).toBe(text);
    expect([...encodePath(text)]).toEqual(bytes);
  });

  test('gives back any bytes unchanged', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const text = decodeName(Buffer.from(bytes));
        expect([...encodePath(text)]).toEqual([...bytes]);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['aé🐳', true],
    ['a\udcff', false],
    ['🐳\udc80', false],
  ])('tells whether %j is UTF-8', (text, expected) => {
    expect(isUtf8Name(text)).toBe(expected);
  });

  test('orders names by their bytes', () => {
    const names = ['\udcff', '🐳', '\uff5e', 'a', 'B', 'ab'];
    expect(names.sort(compareNames)).toEqual(['B', 'a', 'ab', '\uff5e', '🐳', '\udcff']);
  });
});

import fc from 'fast-check';
import { closestMatch } from 'leven';
import { describe, expect, test } from 'vitest';
import { didYouMean, nearestWord, nearWords } from '../../src/diagnostic/did-you-mean.js';

describe('the nearest known word', () => {
  test.each([
    { word: 'auth-file', known: ['images', 'authfile'], nearest: 'authfile' },
    { word: 'Imgae', known: ['Image', 'ImageTag'], nearest: 'Image' },
    { word: 'authFIle', known: ['AuthFile', 'authfiles'], nearest: 'AuthFile' },
    { word: 'IMAGE', known: ['mage', 'image'], nearest: 'image' },
    { word: '.contaner', known: ['.image', '.container'], nearest: '.container' },
    {
      word: 'reference-flaoting',
      known: ['reference-short', 'reference-floating'],
      nearest: 'reference-floating',
    },
    { word: 'osx', known: ['arch', 'os'], nearest: 'os' },
    { word: 'ref', known: ['images', 'reference'], nearest: 'reference' },
    { word: 'ab1', known: ['abx', 'aby'], nearest: 'abx' },
  ])('of $word is $nearest', ({ word, known, nearest }) => {
    expect(nearestWord(word, known)).toBe(nearest);
  });

  test.each([
    { word: 'image-list', known: ['images', 'authfile'] },
    { word: 'reference-unpinned', known: ['reference-floating'] },
    { word: 'ox', known: ['os'] },
    { word: 'env', known: ['Environment', 'EnvironmentFile'] },
    { word: 're', known: ['reference'] },
    { word: '', known: ['os'] },
    { word: 'images', known: [] },
  ])('is none for $word, which is another word', ({ word, known }) => {
    expect(nearestWord(word, known)).toBeNull();
  });

  test('is a known word, and any that differs in case alone', () => {
    const words = fc.array(fc.string({ minLength: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.string(), (known, word) => {
        const nearest = nearestWord(word, known);
        expect(nearest === null || known.includes(nearest)).toBe(true);
        const [first = ''] = known;
        expect(nearestWord(first.toUpperCase().toLowerCase(), known)?.toLowerCase()).toBe(
          first.toLowerCase(),
        );
      }),
    );
  });
});

test('is what comparing with every known word finds', () => {
  const letters = fc.string({
    unit: fc.constantFrom('a', 'b', 'c', 'é', '漢', 'z'),
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(fc.array(letters, { minLength: 1 }), letters, (known, word) => {
      const maxDistance = Math.min(3, Math.floor((word.length * 2) / 5));
      const nearest = known.includes(word) ? word : closestMatch(word, known, { maxDistance });
      if (nearest !== undefined) expect(nearestWord(word, known)).toBe(nearest);
    }),
  );
});

test('is asked for in a hint', () => {
  expect(didYouMean('imags', ['images'])).toBe('did you mean “images”?');
  expect(didYouMean('x', ['images'])).toBeNull();
});

describe('the words that are near', () => {
  test.each([
    { word: 'ragistry', near: ['registry'] },
    { word: 'REGISTRY', near: ['registry', 'registry-blocked', 'no-registry'] },
    { word: 'blocked', near: ['registry-blocked'] },
    { word: 're', near: [] },
    { word: 'o', near: [] },
  ])('of $word are $near', ({ word, near }) => {
    expect(nearWords(word, ['registry', 'registry-blocked', 'no-registry'])).toEqual(near);
  });

  test('are four at the most', () => {
    const known = Array.from({ length: 9 }, (_, at) => `rule-${at}`);
    expect(nearWords('rule-', known)).toHaveLength(4);
  });
});

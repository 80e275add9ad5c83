import { describe, expect, test } from 'vitest';
import { nowhere } from '../../../src/diagnostic/place.js';
import { decodeExpansions, decodeSpecifiers } from '../../../src/scan/words/decode.js';

const placeAt = (offset: number) => ({ ...nowhere, line: 1, column: 1 + offset });

describe('specifiers', () => {
  test.each([
    { name: 'keeps text without a %', value: 'quay.io/a:1', text: 'quay.io/a:1', columns: [] },
    { name: 'decodes %% to %', value: 'a%%b%%', text: 'a%b%', columns: [] },
    { name: 'decodes %%i to %i, which is no specifier', value: '%%i', text: '%i', columns: [] },
    { name: 'refuses %i where it stands', value: 'a:%i', columns: [3] },
    { name: 'refuses every specifier, not only the first', value: '%h/%%/%n', columns: [1, 7] },
    { name: 'refuses a % at the end', value: 'a%', columns: [2] },
    { name: 'refuses a % before punctuation', value: '%/x', columns: [1] },
    { name: 'refuses a % before a character outside the basic plane', value: '%🚀', columns: [1] },
  ])('$name', ({ value, text, columns }) => {
    const decoded = decodeSpecifiers(value, placeAt);
    if (text !== undefined) expect(decoded.text).toBe(text);
    expect(decoded.diagnostics.map(({ rule, column }) => [rule, column])).toEqual(
      columns.map((column) => ['specifier', column]),
    );
  });
});

describe('variables', () => {
  test.each([
    { name: 'decodes $$ to $', value: 'a$$b', text: 'a$b', columns: [] },
    {
      name: 'keeps $NAME inside a word, where systemd does not look',
      value: 'a$B',
      text: 'a$B',
      columns: [],
    },
    { name: 'refuses a word that begins with $NAME', value: '$B/x', columns: [1] },
    { name: 'refuses ${NAME} anywhere', value: 'a${B}', columns: [2] },
  ])('$name', ({ value, text, columns }) => {
    const decoded = decodeExpansions(value, placeAt);
    if (text !== undefined) expect(decoded.text).toBe(text);
    expect(decoded.diagnostics.map(({ rule, column }) => [rule, column])).toEqual(
      columns.map((column) => ['environment-expansion', column]),
    );
  });
});

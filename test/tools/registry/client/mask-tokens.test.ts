import { expect, test } from 'vitest';
import { newTokenMask } from '../../../../src/tools/registry/client/mask-tokens.js';

const token = 'a-token/of+some==length.0123456789~';
const others = Array.from({ length: 300 }, (_, at) => `a-token/${at}-${'x'.repeat(2000)}`);

function masked(text: string): string {
  const { add, redact } = newTokenMask();
  for (const each of [token, ...others]) add(each);
  return redact(text);
}

test.each([
  { name: 'as it is', text: token },
  { name: 'in base64', text: Buffer.from(token).toString('base64').replace(/=+$/, '') },
  { name: 'in base64 for URLs', text: Buffer.from(token).toString('base64url') },
  { name: 'in hexadecimal', text: Buffer.from(token).toString('hex') },
  { name: 'with the escapes of URLs', text: encodeURIComponent(token) },
  {
    name: 'with the same in lower case',
    text: encodeURIComponent(token).replace(/%../g, (each) => each.toLowerCase()),
  },
  { name: 'of another image', text: others[299] ?? '' },
])('a token is masked $name', ({ text }) => {
  expect(masked(`no ${text} here, nor ${text}`)).toBe('no *** here, nor ***');
});

test.each([8, 20, token.length - 1])('so are its first %i characters where a text is cut off', (length) => {
  const part = token.slice(0, length);
  expect(masked(`no ${part}`)).toBe('no ***');
  expect(masked(`no ${part}… more`)).toBe('no ***… more');
  expect(masked(`no ${part} more`)).toBe(`no ${part} more`);
});

test('a word of few characters is no token', () => {
  const { add, redact } = newTokenMask();
  add('denied');
  expect(redact('denied')).toBe('denied');
});

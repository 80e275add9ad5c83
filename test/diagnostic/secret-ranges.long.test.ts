import { test } from 'vitest';
import { secretRanges } from '../../src/diagnostic/secret-ranges.js';
import { expectLinear } from '../support/expect-linear.js';

test.each([
  '-',
  'a',
  '//@',
  '@sha256:',
  '\\',
  '"',
  ' ',
  'creds ',
  '\\\n',
  'creds=\n ',
  '"""\ntoken=',
  '- --creds\n',
  '--creds=a ',
  'a.',
  'token.',
  'token-',
])('text of nothing but %j takes linear time', (part) => {
  const find = (size: number) => {
    const text = part.repeat(Math.floor(size / part.length));
    return () => secretRanges(text);
  };
  expectLinear(10_000, find);
});

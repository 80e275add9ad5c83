import { expect, test } from 'vitest';
import { secretRanges } from '../../src/diagnostic/secret-ranges.js';
import { processorMs } from '../support/processor-ms.js';

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
])('a megabyte of %j takes no time that matters', (part) => {
  const text = part.repeat(Math.floor((1024 * 1024) / part.length));
  expect(processorMs(() => secretRanges(text), 5000)).toBeLessThan(5000);
});

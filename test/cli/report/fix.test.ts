import { expect, test } from 'vitest';
import { diffText } from '../../../src/cli/report/fix.js';

const diff = Buffer.from(' # \x1b[2Jgröße\t\xff\r\n-a\n+b\n', 'latin1');

test('a program gets the diff byte by byte', () => {
  expect(diffText(diff, { isTTY: false })).toBe(diff);
});

test('a terminal gets nothing of a file that could move its cursor', () => {
  const shown = diffText(Buffer.from(' # \x1b[2Jgröße\t\r\n-a\n+b\n'), { isTTY: true });
  expect(shown).toBe(' # \\x1b[2Jgröße\t\\r\n-a\n+b\n');
});

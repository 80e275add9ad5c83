import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { diffText, fixesJson, fixesText } from '../../../src/cli/report/fix.js';
import { inFile } from '../../../src/diagnostic/place.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

const diff = Buffer.from(' # \x1b[2Jgröße\t\xff\r\n-a\n+b\n', 'latin1');

test('a program gets the diff byte by byte', () => {
  expect(diffText(diff, { isTTY: false })).toBe(diff);
});

test('a terminal gets nothing of a file that could move its cursor', () => {
  const shown = diffText(Buffer.from(' # \x1b[2Jgröße\t\r\n-a\n+b\n'), { isTTY: true });
  expect(shown).toBe(' # \\x1b[2Jgröße\t\\r\n-a\n+b\n');
});

test('a person reads of the file as it can be opened, a program also of its path in the root', () => {
  vi.stubEnv('NO_COLOR', '1');
  const place = { ...inFile('/etc/a.toml'), line: 1, column: 2, path: join(process.cwd(), 'usr/etc/a.toml') };
  const fixes = [{ place, from: 'a', to: 'b' }];
  expect(fixesText(fixes, new PassThrough() as never)).toContain('fixed usr/etc/a.toml:1:2 a → b\n');
  expect(fixesJson(fixes, false)).toEqual({
    dryRun: false,
    fixes: [{ file: '/etc/a.toml', line: 1, column: 2, path: place.path, from: 'a', to: 'b' }],
  });
});

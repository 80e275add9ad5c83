import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replaceFile } from '../../../src/tools/files/atomic-file.js';
import { dir, makeTree } from '../../support/tree.js';

const temporary = '.file.0123456789ab.tmp';

test('replaces the content and leaves nothing else', () => {
  const top = makeTree({ file: 'a longer text than the new one' });
  replaceFile(join(top, 'file'), 'new');
  expect(readFileSync(join(top, 'file'), 'utf8')).toBe('new');
  expect(readdirSync(top)).toEqual(['file']);
});

test('leaves nothing when it fails', () => {
  const top = makeTree({ 'file/x': '' });
  expect(() => replaceFile(join(top, 'file'), 'new')).toThrow('EISDIR');
  expect(readdirSync(top)).toEqual(['file']);
});

test('removes what a killed process left, and no file that may be in use or is not of this kind', () => {
  const names = [temporary, '.file.fedcba987654.tmp', '.file.tmp', 'file.0123456789ab.tmp'];
  const top = makeTree({
    ...Object.fromEntries(names.map((name) => [name, 'text'])),
    '.directory.0123456789ab.tmp/': dir(),
  });
  const anHourAgo = Date.now() / 1000 - 3600;
  for (const name of names.filter((each) => each !== temporary))
    utimesSync(join(top, name), anHourAgo, anHourAgo);
  utimesSync(join(top, '.directory.0123456789ab.tmp'), anHourAgo, anHourAgo);
  replaceFile(join(top, 'new'), '');
  expect(readdirSync(top)).toEqual([
    '.directory.0123456789ab.tmp',
    temporary,
    '.file.tmp',
    'file.0123456789ab.tmp',
    'new',
  ]);
});

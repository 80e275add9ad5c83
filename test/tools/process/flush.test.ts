import { expect, test } from 'vitest';
import { flushFileSystems } from '../../../src/tools/process/flush.js';
import { makeTree } from '../../support/tree.js';

test('each file system is flushed once', async () => {
  const top = makeTree({ 'a/x': '', 'b/x': '' });
  const lines: string[] = [];
  await flushFileSystems([`${top}/a`, `${top}/b`, '/dev/shm'], (line) => lines.push(line.slice(1).join(' ')));
  expect(lines).toEqual([`--file-system -- ${top}/b /dev/shm`]);
});

test('a directory that is gone is an error', async () => {
  await expect(flushFileSystems([`${makeTree({})}/gone`])).rejects.toThrow('ENOENT');
});

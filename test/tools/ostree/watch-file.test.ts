import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { watchFile } from '../../../src/tools/ostree/watch-file.js';
import { makeTree } from '../../support/tree.js';

function watched(directory: string) {
  const onChange = vi.fn();
  onTestFinished(watchFile(join(directory, 'staged'), onChange));
  return onChange;
}

test.each([
  { name: 'is made', before: {}, change: (file: string) => writeFileSync(file, 'new') },
  {
    name: 'is replaced',
    before: { staged: 'old' },
    change: (file: string) => {
      writeFileSync(`${file}.new`, 'new');
      renameSync(`${file}.new`, file);
    },
  },
  { name: 'is removed', before: { staged: 'old' }, change: (file: string) => rmSync(file) },
])('tells at once when the file $name', async ({ before, change }) => {
  const directory = makeTree({ ...before, 'other/x': '' });
  const onChange = watched(directory);
  change(join(directory, 'staged'));
  await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(1), { timeout: 1500 });
});

test('tells nothing of other files, nor any more once it has ended', async () => {
  const directory = makeTree({ staged: 'old' });
  const ended = vi.fn();
  watchFile(join(directory, 'staged'), ended)();
  const onChange = watched(directory);
  writeFileSync(join(directory, 'staged-locked'), '');
  rmSync(join(directory, 'staged'));
  await vi.waitFor(() => expect(onChange).toHaveBeenCalled());
  expect(onChange).toHaveBeenCalledTimes(1);
  expect(ended).not.toHaveBeenCalled();
});

import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { watchFile } from '../../../src/tools/ostree/watch-file.js';
import { makeTree } from '../../support/tree.js';

// It looks for the directory every other second.
test('tells of a directory that is made later, too', async () => {
  const top = makeTree({});
  const onChange = vi.fn();
  onTestFinished(watchFile(join(top, 'ostree', 'staged'), onChange));
  renameSync(makeTree({ staged: '' }), join(top, 'ostree'));
  await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(1), { timeout: 10_000 });
});

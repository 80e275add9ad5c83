import { statSync } from 'node:fs';
import { shownText } from '../../diagnostic/redact.js';
import { BoundImagesError } from '../../model/error.js';
import { requireProgram } from './find-program.js';
import { run, type Trace } from './run.js';

/**
 * Writes out all that the file systems of some directories have in memory only (syncfs(2)), through sync(1) of
 * coreutils: Node has no such call. It takes as long as the disk takes, so that no signal ends it.
 *
 * @throws BoundImagesError `store` when something could not be written, `tool-missing`.
 */
export async function flushFileSystems(directories: readonly string[], trace?: Trace): Promise<void> {
  const devices = new Map(directories.map((directory) => [statSync(directory).dev, directory]));
  const program = requireProgram('coreutils', 'sync');
  const { exitCode, stderr } = await run(program, ['--file-system', '--', ...devices.values()], { trace });
  if (exitCode === 0) return;
  const why = shownText(stderr.trim()) || `sync ended with ${exitCode ?? 'a signal'}`;
  throw new BoundImagesError('store', `what was pulled could not be written to the disk: ${why}`, {
    hint: 'see what the kernel says of that disk: journalctl --dmesg',
  });
}

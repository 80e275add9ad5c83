import { BoundImagesError } from '../../model/error.js';
import { isOlder } from './is-older.js';
import { type RunOptions, run } from './run.js';

/**
 * The version that a tool is known to have, if it will do.
 *
 * @param found `undefined` where the program has named none
 * @throws BoundImagesError `tool-too-old` when it is older than `oldest`, or unknown.
 */
export function requireNotOlder(
  name: string,
  program: string,
  oldest: string,
  found: string | undefined,
): string {
  if (found !== undefined && !isOlder(found, oldest)) return found;
  const has = found ?? 'a program that names no version';
  throw new BoundImagesError(
    'tool-too-old',
    `${name} ${oldest} or newer is needed, and ${program} is ${has}`,
    {
      hint: `install a newer package ${name}`,
      reason: { kind: 'program-too-old', name },
    },
  );
}

/** The version that a tool says itself to be; `undefined` where it says none. @throws the reason of the signal. */
export async function readVersion(
  program: string,
  options: Pick<RunOptions, 'signal' | 'trace'>,
): Promise<string | undefined> {
  const { stdout } = await run(program, ['--version'], options);
  // What it has not said is no version.
  options.signal?.throwIfAborted();
  return /\bversion (\d+\.\d+\.\d+)/.exec(stdout)?.[1];
}

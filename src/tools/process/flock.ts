import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { shownText } from '../../diagnostic/redact.js';
import { BoundImagesError } from '../../model/error.js';
import { withDeathSignal } from './death-signal.js';
import { findProgram } from './find-program.js';

/** flock(1): the exit status when another has the lock. */
const conflict = 1;

/**
 * Locks an open file with flock(2), through flock(1) of util-linux: Node has no such call. The program gets the
 * descriptor as its standard input, which is why it is not started as the others are: execa takes no open file.
 * The lock belongs to the open file and not to the program: it stays when that ends, until this process closes
 * the descriptor or dies. Node opens files close-on-exec, so no other child gets it.
 *
 * @param waitMs how long to wait for another to release it; `Infinity` has no limit.
 * @returns whether it is locked; false, too, when `signal` has ended the waiting.
 * @throws BoundImagesError `tool-missing`, or an Error when this file cannot be locked.
 */
export async function flock(fd: number, waitMs: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  const [file = '', ...args] = [...withDeathSignal(), requireFlock(), ...flockArguments(waitMs), '0'];
  // A wait that outlived this process would end with a lock for nobody.
  // A process group of its own: Ctrl-C in a terminal reaches only us.
  const child = spawn(file, args, {
    stdio: [fd, 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
    detached: true,
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const stop = () => child.kill();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const [exitCode, endedBy] = await once(child, 'close');
    if (exitCode === 0) return true;
    if (exitCode === conflict || signal.aborted) return false;
    throw new Error(`flock: ${shownText(stderr.trim()) || endedBy || `exit status ${exitCode}`}`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function requireFlock(): string {
  const program = findProgram('flock');
  if (program !== undefined) return program;
  throw new BoundImagesError('tool-missing', 'flock is needed, and it is not in PATH', {
    hint: 'install the package util-linux',
  });
}

/** The options for a wait of that length. */
export function flockArguments(waitMs: number): readonly string[] {
  if (waitMs <= 0) return ['--exclusive', '--nonblock'];
  if (!Number.isFinite(waitMs)) return ['--exclusive'];
  return ['--exclusive', '--timeout', (Math.ceil(waitMs) / 1000).toFixed(3)];
}

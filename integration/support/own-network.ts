import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { exec, execOk } from './exec.js';
import { findProgram } from './programs.js';

/** Tells the program that was started again from the first one. */
const marker = 'BOUND_IMAGES_BENCH_OWN_NETWORK';

/** Whether this process runs where `againInOwnNetwork` has put it. */
export function isInOwnNetwork(): boolean {
  return process.env[marker] !== undefined;
}

/**
 * Runs this program once more in a network namespace that has nothing but its own loopback (unshare(1)), and
 * returns its exit status. The namespace ends with its last process. Returns undefined where this process
 * has to do the work: it is in such a namespace already, or the machine cannot make one.
 */
export async function againInOwnNetwork(): Promise<number | undefined> {
  if (isInOwnNetwork()) {
    await execOk(await findProgram('ip'), ['link', 'set', 'lo', 'up']);
    return undefined;
  }
  const programs = await Promise.all(['ip', 'unshare'].map((name) => findProgram(name))).catch(() => []);
  const [, unshare] = programs;
  if (unshare === undefined || (await exec(unshare, ['--net', 'true'])).exitCode !== 0) return undefined;
  const [script = '', ...args] = process.argv.slice(1);
  const child = spawn(unshare, ['--net', process.execPath, script, ...args], {
    stdio: 'inherit',
    env: { ...process.env, [marker]: '1' },
  });
  // A terminal sends its interrupt to both; the child ends first, because it has to clean up.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [exitCode] = await once(child, 'exit');
  return exitCode ?? 1;
}

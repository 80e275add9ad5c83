import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cliFile } from '../../integration/support/cli.js';
import { print } from './screen.js';

/**
 * Shows a command line, runs it, and returns how many seconds it took. The program writes to the demo's own
 * stdout and stderr. `bound-images` is the one that was built in this checkout.
 * @throws Error when it fails.
 */
export type Shell = (program: 'bound-images' | 'podman', args: readonly string[]) => Promise<number>;

/** Returns a shell that hands an interruption on to the program that runs, and then waits for its end. */
export function newShell(env: Readonly<Record<string, string>>, signal: AbortSignal): Shell {
  return async (program, args) => {
    signal.throwIfAborted();
    print(`$ ${[program, ...args].join(' ')}`);
    const command = program === 'bound-images' ? process.execPath : program;
    const allArgs = program === 'bound-images' ? [cliFile, ...args] : args;
    const startedAt = performance.now();
    const child = spawn(command, allArgs, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const interrupt = () => child.kill('SIGTERM');
    signal.addEventListener('abort', interrupt, { once: true });
    const [status, endedBy] = await once(child, 'exit');
    signal.removeEventListener('abort', interrupt);
    signal.throwIfAborted();
    if (status !== 0) throw new Error(`${program} ended with ${endedBy ?? `exit status ${status}`}`);
    return (performance.now() - startedAt) / 1000;
  };
}

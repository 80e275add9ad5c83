import { constants } from 'node:os';
import { execa } from 'execa';
import { BoundImagesError } from '../../model/error.js';
import { findProgram } from './find-program.js';
import type { Trace } from './run.js';

export interface ForegroundOptions {
  /** Variables on top of this process's own environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where it is started, instead of where this process is. */
  readonly cwd?: string;
  /** What is passed on; those that the terminal sends reach the program without us. */
  readonly signals?: readonly NodeJS.Signals[];
}

/** The path of a program that is to be run. @throws BoundImagesError `tool-missing` when there is none. */
export function requireCommand(program: string): string {
  const path = findProgram(program);
  if (path !== undefined) return path;
  throw new BoundImagesError('tool-missing', `there is no program “${program}” to run`, {
    hint: 'check the command behind --',
  });
}

/**
 * Runs a program of the user's in our place, with our standard streams and process group, and returns its exit
 * status, 128 + the signal's number when one ended it.
 *
 * @throws BoundImagesError `tool-missing` when there is no such program.
 */
export async function runInForeground(
  command: readonly string[],
  trace?: Trace,
  { env = {}, cwd, signals = ['SIGTERM', 'SIGHUP'] }: ForegroundOptions = {},
): Promise<number> {
  const [program = '', ...args] = command;
  const path = requireCommand(program);
  trace?.(command);
  const early: NodeJS.Signals[] = [];
  let pass = (name: NodeJS.Signals): void => void early.push(name);
  const stay = () => undefined;
  const handlers = signals.map((name) => ({ name, handle: () => pass(name) }));
  // Before it is started: a signal in between would end us, and leave it to run.
  process.on('SIGINT', stay);
  for (const { name, handle } of handlers) process.on(name, handle);
  try {
    // How long it takes to end is its own affair.
    const options = {
      env,
      ...(cwd !== undefined && { cwd }),
      stdio: 'inherit',
      reject: false,
      cleanup: false,
      forceKillAfterDelay: false,
    } as const;
    const child = execa(path, args, options);
    pass = (name) => void child.kill(name);
    for (const name of early) pass(name);
    const { exitCode, signal, failed, ...result } = await child;
    if (exitCode !== undefined) return exitCode;
    if (signal !== undefined) return 128 + constants.signals[signal];
    throw failed && 'cause' in result ? result.cause : new Error(`${program} did not start`);
  } finally {
    process.off('SIGINT', stay);
    for (const { name, handle } of handlers) process.off(name, handle);
  }
}

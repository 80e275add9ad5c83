import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ExecOptions, type ExecResult, type LiveProcess, start } from './exec.js';

/** The built program, in the package that this module or the bundle around it belongs to. */
export const cliFile = join(packageRoot(dirname(fileURLToPath(import.meta.url))), 'dist/cli.js');

/** A packaged executable that is tested in place of what is built. */
export const executable = process.env.BOUND_IMAGES_PROGRAM;

/** What starts the program, in front of its arguments. */
export const cliCommand: readonly string[] =
  executable === undefined ? [process.execPath, cliFile] : [executable];

/** Copies the program and what it needs into a directory that is not there yet, and returns what starts it there. */
export async function copyCli(directory: string): Promise<readonly string[]> {
  const from = executable ?? dirname(cliFile);
  const to = executable === undefined ? directory : join(directory, basename(executable));
  await cp(from, to, { recursive: true });
  return executable === undefined ? [process.execPath, join(directory, basename(cliFile))] : [to];
}

function packageRoot(dir: string): string {
  const parent = dirname(dir);
  return parent === dir || existsSync(join(dir, 'package.json')) ? dir : packageRoot(parent);
}

export type CliOptions = Pick<ExecOptions, 'env' | 'cwd' | 'signal' | 'timeoutMs'> & {
  /** A command line that becomes the one behind it. */
  readonly behind?: readonly string[];
};

/** The program while it runs; `marker` is a `NAME=VALUE` in its environment for `processesOf`. */
export type LiveCli = LiveProcess & { readonly marker: string };

/**
 * Starts the program, as leader of its own process group so that a signal of the test reaches it alone.
 * `BOUND_IMAGES_…` variables of the caller do not reach it.
 */
export function startCli(args: readonly string[], options: CliOptions = {}): LiveCli {
  const inherited = Object.keys(process.env).filter((name) => name.startsWith('BOUND_IMAGES_'));
  const value = randomUUID();
  const env = {
    ...Object.fromEntries(inherited.map((name) => [name, undefined])),
    NO_COLOR: '1',
    ...options.env,
    TEST_PROCESS_MARKER: value,
  };
  const { behind = [], ...rest } = options;
  const [program = '', ...before] = [...behind, ...cliCommand];
  const live = start(program, [...before, ...args], { ...rest, env, detached: true });
  return { ...live, marker: `TEST_PROCESS_MARKER=${value}` };
}

/** Runs the program to its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<ExecResult> {
  return startCli(args, options).finished;
}

import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { shownText } from '../../diagnostic/redact.js';
import { BoundImagesError } from '../../model/error.js';
import { hostLimit } from '../../model/host-limit.js';
import { withDeathSignal } from './death-signal.js';
import { findProgram } from './find-program.js';
import { lastWords } from './last-words.js';
import { noMounts, type Preparation, withMounts } from './mounts.js';
import { startAtRoot } from './start-at-root.js';

export interface RunOptions {
  /** Variables on top of this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** A private directory, from which a path is given that podman makes a name of. */
  readonly cwd?: string | undefined;
  /** Stops the child: TERM to its process group, a wait, then KILL. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every process that is started. */
  readonly trace?: Trace | undefined;
  /** What the child reads from its standard input; nothing where it is absent. A secret reaches nobody else that way. */
  readonly input?: string | Readable | undefined;
  /** Lets other work on this machine go first, for the processor and the disk. */
  readonly nice?: boolean | undefined;
  /** What the program alone sees mounted, in this order. */
  readonly mounts?: readonly Preparation[] | undefined;
  /** Told what the child prints, as it does. */
  readonly onOutput?: ((text: string) => void) | undefined;
  /** Told the process group of the child. */
  readonly onStart?: ((group: number) => void) | undefined;
}

/** Takes the command line of a process about to be started. Command lines hold no secrets. */
export type Trace = (commandLine: readonly string[]) => void;

export interface RunResult {
  /** `null` when a signal ended the process. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  /** The last part of it, at most 64 KiB, to be judged: what is shown of it goes through a mask (redact.ts). */
  readonly stderr: string;
  /** The process was ended because `signal` asked for it. */
  readonly stopped: boolean;
}

/** How long a child may take to clean up after TERM before it is killed. */
const graceMs = 10_000;
const stdoutLimitBytes = 256 * 1024 * 1024;

/**
 * Runs a program to its end, whatever the end is; the caller judges. The arguments are an array and no shell
 * is involved. It is started in `/` unless told otherwise: paths that it is given are absolute.
 *
 * The child leads a process group of its own: podman starts helpers that a signal to podman alone would
 * leave behind, and Ctrl-C in a terminal reaches only us, so that we decide how podman is stopped. Should
 * this process die without a chance to do so, the kernel sends the child TERM (setpriv's --pdeathsig).
 *
 * @throws BoundImagesError `tool-missing`, `limit` or `exhausted`, or another Error, when the program cannot be started.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { signal } = options;
  if (signal?.aborted) return { exitCode: null, signal: null, stdout: '', stderr: '', stopped: true };
  options.trace?.([program, ...args]);
  const { mounts = [] } = options;
  const wrappers = [...withPriority(options), ...withDeathSignal(), ...withMounts(mounts)];
  const [file = program, ...prefix] = [...wrappers, program];
  const start = startAtRoot();
  let stderr = '';
  const child = withPipes(() =>
    execa(file, [...prefix, ...args], {
      cwd: options.cwd ?? start.cwd,
      env: { LC_ALL: 'C', ...start.env, ...options.env },
      detached: true,
      // Ours is the only clean-up: execa would signal the child alone, not its group.
      cleanup: false,
      reject: false,
      ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
      buffer: { stdout: true, stderr: false },
      maxBuffer: { stdout: stdoutLimitBytes },
      stripFinalNewline: false,
    }),
  );
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = lastWords(stderr + text);
  });
  const { onOutput } = options;
  if (onOutput !== undefined) child.stdout.on('data', (text: Buffer | string) => onOutput(String(text)));
  if (child.pid !== undefined) options.onStart?.(child.pid);
  const stop = () => stopGroup(child.pid, child);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const result = await child;
    if (result.failed && result.exitCode === undefined && result.signal === undefined)
      throw hostLimit(result) ?? result;
    const refusal = refused.exec(stderr) ?? (mounts.length > 0 ? noMounts.exec(stderr) : null);
    if (refusal !== null) throw cannotStart(program, stderr.slice(refusal[0].length));
    return {
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
      stdout: result.stdout,
      stderr,
      stopped: signal?.aborted ?? false,
    };
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/**
 * Where no descriptor is left, Node makes a process without pipes, and execa stumbles over that.
 * Source: ChildProcess.spawn in Node’s lib/internal/child_process.js.
 */
function withPipes<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    if (!(error instanceof TypeError) || 'code' in error) throw error;
    const { EMFILE } = constants.errno;
    const noDescriptor = { code: 'EMFILE', errno: -EMFILE };
    throw hostLimit(Object.assign(new Error('spawn', { cause: error }), noDescriptor)) ?? error;
  }
}

/** What the last program before the one that is wanted says when it cannot become that. */
const refused = /^(?:(?:setpriv|ionice): failed to execute |nice: )/;

function cannotStart(program: string, reason: string): BoundImagesError {
  return new BoundImagesError('tool-missing', `${program} cannot be started: ${shownText(reason.trim())}`, {
    hint: reason.startsWith('mount: ')
      ? 'what this host has in /etc/containers may just have changed: try again'
      : 'see whether it is a program of this system; install its package again',
  });
}

/** nice(1) of coreutils and ionice(1) of util-linux; the lowest priority that still gets its turn. */
function withPriority({ nice: isNice }: RunOptions): readonly string[] {
  if (!isNice) return [];
  const [nice, ionice] = [findProgram('nice'), findProgram('ionice')];
  return [
    ...(nice === undefined ? [] : [nice, '-n', '19']),
    ...(ionice === undefined ? [] : [ionice, '-c', '2', '-n', '7']),
  ];
}

function stopGroup(pid: number | undefined, ended: Promise<unknown>): void {
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  const kill = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
  void ended.finally(() => {
    clearTimeout(kill);
    // A helper that podman leaves behind has nobody left to work for.
    signalGroup(pid, 'SIGKILL');
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the group is gone already, which is what was wanted.
  }
}

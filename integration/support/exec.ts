import { spawn } from 'node:child_process';

export type ExecOptions = {
  /** Added to this process's environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Text for stdin, which is empty otherwise. */
  readonly input?: string;
  /** Kills the program (KILL) after so many milliseconds. */
  readonly timeoutMs?: number;
  /** Kills the program (TERM) when aborted. */
  readonly signal?: AbortSignal;
  /** Starts the program as leader of a session and process group of its own. */
  readonly detached?: boolean;
};

/** How a program ended: `exitCode` is undefined exactly when `signal` ended it. */
export type ExecResult = {
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
};

/** A program that runs; `stdout` and `stderr` return what it has written so far. */
export type LiveProcess = {
  readonly pid: number | undefined;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Settles when the program has ended and its output is complete; rejects only if it never started. */
  readonly finished: Promise<ExecResult>;
};

/** Starts a program without a shell and keeps what it prints. */
export function start(program: string, args: readonly string[], options: ExecOptions = {}): LiveProcess {
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    detached: options.detached ?? false,
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A program that ends without reading its input breaks the pipe, which is no failure of the caller.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const finished = new Promise<ExecResult>((resolve, reject) => {
    const timer = options.timeoutMs && setTimeout(() => child.kill('SIGKILL'), options.timeoutMs);
    const abort = () => child.kill('SIGTERM');
    options.signal?.addEventListener('abort', abort, { once: true });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (timer) clearTimeout(timer);
      options.signal?.removeEventListener('abort', abort);
      const durationMs = performance.now() - startedAt;
      resolve({ exitCode: code ?? undefined, signal: signal ?? undefined, stdout, stderr, durationMs });
    });
    if (options.signal?.aborted) abort();
  });
  return { pid: child.pid, stdout: () => stdout, stderr: () => stderr, kill: (s) => child.kill(s), finished };
}

/** Runs a program to its end and returns the result, whatever its exit status. */
export function exec(
  program: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  return start(program, args, options).finished;
}

/**
 * Runs a program that has to succeed and returns its stdout.
 * @throws Error with the command and its stderr when the exit status is not 0.
 */
export async function execOk(
  program: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<string> {
  const result = await exec(program, args, options);
  if (result.exitCode !== 0) {
    const ending = result.signal ?? `exit status ${result.exitCode}`;
    throw new Error(`${program} ${args.join(' ')}: ${ending}\n${result.stderr}`);
  }
  return result.stdout;
}

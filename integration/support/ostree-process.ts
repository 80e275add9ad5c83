import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { LiveCli } from './cli.js';
import { start } from './exec.js';

export interface InsideOptions {
  /** Added to the variables of every program of the system; none of this process reaches it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Text for stdin, which is empty otherwise. */
  readonly input?: string;
  /** Sends TERM to the program when aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Starts a program in the mount and pid namespaces of the process `pid`, in the directory /. Its signals, exit
 * status and marker are those of the program itself, although nsenter(1) stands between.
 */
export function startInside(
  pid: number,
  [program = '', ...args]: readonly string[],
  { env, input, signal }: InsideOptions,
): LiveCli {
  const marker = `TEST_PROCESS_MARKER=${randomUUID()}`;
  const variables = Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`);
  // The pid namespace of `pid` itself is that of the machine: the system began with its child.
  const namespaces = [`--mount=/proc/${pid}/ns/mnt`, `--pid=/proc/${pid}/ns/pid_for_children`];
  const command = ['/usr/bin/env', '-i', ...variables, marker, program, ...args];
  const options = input === undefined ? { detached: true } : { detached: true, input };
  const nsenter = start('nsenter', [...namespaces, '--', ...command], options);
  let hasEnded = false;
  const kill = (name: NodeJS.Signals) => {
    if (hasEnded) return;
    const child = nsenter.pid === undefined ? undefined : childOf(nsenter.pid);
    if (child !== undefined) process.kill(child, name);
    // nsenter has not forked yet, and would leave its child alone if the signal went to it.
    else setTimeout(kill, 1, name);
  };
  const terminate = () => kill('SIGTERM');
  signal?.addEventListener('abort', terminate, { once: true });
  if (signal?.aborted) terminate();
  const finished = nsenter.finished.finally(() => {
    hasEnded = true;
    signal?.removeEventListener('abort', terminate);
  });
  return { ...nsenter, kill, finished, marker };
}

/** proc(5), /proc/PID/stat: `PID (NAME) STATE PPID …`, where the name may hold anything. */
function childOf(parent: number): number | undefined {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const child = ids.find((id) => {
    const afterName = statOf(id).split(')').at(-1) ?? '';
    return Number(afterName.split(' ')[2]) === parent;
  });
  return child === undefined ? undefined : Number(child);
}

function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It ended meanwhile.
    return '';
  }
}

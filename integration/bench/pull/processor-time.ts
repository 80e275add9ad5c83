import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Measures the processor time, user and system, of a command and all that it starts. */
export interface ProcessorTime {
  /** The command, as the child of a shell that measures it. */
  readonly wrapped: (command: readonly string[]) => readonly string[];
  /** After its end: milliseconds; 0 where nothing can be said because it was killed. */
  readonly usedMs: () => Promise<number>;
  readonly forget: () => Promise<void>;
}

/**
 * Returns a measurement in a cgroup of its own (cgroups(7), `cpu.stat` of version 2), which also counts those that
 * outlive their parents or were killed. Where there are none, bash counts all that were waited for, in `file`.
 */
export async function processorTime(file: string): Promise<ProcessorTime> {
  return (await inCgroup()) ?? byShell(file);
}

async function inCgroup(): Promise<ProcessorTime | undefined> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  const root = /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1];
  if (root === undefined) return undefined;
  const group = join(root, `bound-images-bench-${process.pid}-${Date.now()}`);
  try {
    await mkdir(group);
  } catch {
    return undefined;
  }
  const script = 'echo "$$" >"$0"; "$@"; exit "$?"';
  return {
    wrapped: (command) => ['sh', '-c', script, join(group, 'cgroup.procs'), ...command],
    usedMs: async () => {
      const used = /^usage_usec (\d+)$/m.exec(await readFile(join(group, 'cpu.stat'), 'utf8'))?.[1];
      return Number(used) / 1000;
    },
    // One that still has a process stays.
    forget: () => rmdir(group).catch(() => undefined),
  };
}

// `times` of bash: the second line is what its children have used, and theirs.
const timesScript = 'file=$1; shift; "$@"; status=$?; times >"$file"; exit "$status"';

function byShell(file: string): ProcessorTime {
  return {
    wrapped: (command) => ['bash', '-c', timesScript, 'bash', file, ...command],
    usedMs: async () => {
      const children = (await readFile(file, 'utf8').catch(() => '')).split('\n')[1] ?? '';
      return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
        (sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1000,
        0,
      );
    },
    forget: async () => undefined,
  };
}

import { readdirSync, readFileSync } from 'node:fs';

/** Memory of a process and its descendants, at the worst moment of those that were looked at. */
export type PeakMemory = {
  /** Proportional set sizes added up: memory that processes share is counted once. */
  readonly treeBytes: number;
  /** The highest resident set of the largest child of the process that was watched, as the kernel recorded it. */
  readonly childBytes: number;
};

const intervalMs = 100;

/** Watches the memory of the process and its descendants, but not of those that have lost their parent. */
export function watchMemory(pid: number): { readonly stop: () => PeakMemory } {
  let treeBytes = 0;
  let childBytes = 0;
  const look = () => {
    const parents = parentsByPid();
    const tree = descendants(pid, parents);
    treeBytes = Math.max(
      treeBytes,
      tree.reduce((sum, member) => sum + kibibytes(member, 'smaps_rollup', 'Pss'), 0) * 1024,
    );
    for (const member of tree) {
      if (parents.get(member) === pid) {
        childBytes = Math.max(childBytes, kibibytes(member, 'status', 'VmHWM') * 1024);
      }
    }
  };
  const timer = setInterval(look, intervalMs);
  return {
    stop: () => {
      clearInterval(timer);
      return { treeBytes, childBytes };
    },
  };
}

function parentsByPid(): ReadonlyMap<number, number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(
    pids.map((pid) => {
      // proc_pid_stat(5): the name in parentheses may hold anything, then come the state and the parent.
      const stat = read(`/proc/${pid}/stat`);
      return [Number(pid), Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2])];
    }),
  );
}

function descendants(pid: number, parents: ReadonlyMap<number, number>): readonly number[] {
  const children = [...parents].filter(([, parent]) => parent === pid).map(([child]) => child);
  return [pid, ...children.flatMap((child) => descendants(child, parents))];
}

/** A value of proc_pid_status(5) or proc_pid_smaps(5); 0 for a process that has ended. */
function kibibytes(pid: number, file: 'status' | 'smaps_rollup', field: string): number {
  const text = read(`/proc/${pid}/${file}`);
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

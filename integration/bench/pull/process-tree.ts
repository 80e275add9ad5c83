import { readdirSync, readFileSync } from 'node:fs';

/** What a process and its descendants took, at the worst or the last moment of those that were looked at. */
export type TreeUse = {
  /** Proportional set sizes added up: memory that processes share is counted once. */
  readonly treeBytes: number;
  /** The highest resident set of the largest child of the process that was watched, as the kernel recorded it. */
  readonly childBytes: number;
  /** Processor time, user and system, of the children of the process that was watched, without what they started. */
  readonly childCpuMs: number;
};

const intervalMs = 100;

/** Watches the process and its descendants, but not those that have lost their parent. */
export function watchTree(pid: number): { readonly stop: () => TreeUse } {
  let treeBytes = 0;
  let childBytes = 0;
  const childCpuMs = new Map<number, number>();
  const look = () => {
    const { parents, cpuMs } = processes();
    const tree = descendants(pid, parents);
    treeBytes = Math.max(
      treeBytes,
      tree.reduce((sum, member) => sum + kibibytes(member, 'smaps_rollup', 'Pss'), 0) * 1024,
    );
    for (const member of tree) {
      if (parents.get(member) === pid) {
        childBytes = Math.max(childBytes, kibibytes(member, 'status', 'VmHWM') * 1024);
        childCpuMs.set(member, cpuMs.get(member) ?? 0);
      }
    }
  };
  const timer = setInterval(look, intervalMs);
  return {
    stop: () => {
      clearInterval(timer);
      return { treeBytes, childBytes, childCpuMs: [...childCpuMs.values()].reduce((sum, ms) => sum + ms, 0) };
    },
  };
}

// sysconf(_SC_CLK_TCK), which is 100 on every Linux that Node.js runs on.
const msPerTick = 10;

interface Processes {
  readonly parents: ReadonlyMap<number, number>;
  readonly cpuMs: ReadonlyMap<number, number>;
}

function processes(): Processes {
  const parents = new Map<number, number>();
  const cpuMs = new Map<number, number>();
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    // proc_pid_stat(5): the name in parentheses may hold anything, then come the state, the parent and ten others.
    const stat = read(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(')')).split(' ');
    parents.set(pid, Number(fields[2]));
    cpuMs.set(pid, (Number(fields[12]) + Number(fields[13])) * msPerTick);
  }
  return { parents, cpuMs };
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

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExecResult, start } from '../../support/exec.js';
import { newTempDir } from '../../support/temp.js';
import { type PeakMemory, watchMemory } from './process-tree.js';

/** What a command took, with every process that it started and waited for. */
export type Measurement = ExecResult & { readonly cpuMs: number; readonly memory: PeakMemory };

export type MeasureOptions = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Kills the command and all of its process group when aborted. */
  readonly signal: AbortSignal;
};

// Only ends a hang.
const timeoutMs = 15 * 60_000;

// `times` of bash: the second line is what its children have used, and theirs.
const script = 'file=$1; shift; "$@"; status=$?; times >"$file"; exit "$status"';

/** Runs a command to its end. */
export async function measure(command: readonly string[], options: MeasureOptions): Promise<Measurement> {
  const temp = await newTempDir();
  try {
    const times = join(temp.path, 'times');
    const { env, signal } = options;
    const live = start('bash', ['-c', script, 'bash', times, ...command], { env, detached: true });
    const { pid } = live;
    if (pid === undefined) {
      await live.finished;
      throw new Error('bash has no process id');
    }
    const memory = watchMemory(pid);
    const kill = () => process.kill(-pid, 'SIGKILL');
    const timer = setTimeout(kill, timeoutMs);
    signal.addEventListener('abort', kill);
    const result = await live.finished;
    signal.removeEventListener('abort', kill);
    clearTimeout(timer);
    const peak = memory.stop();
    signal.throwIfAborted();
    // The file is missing after a kill.
    const cpuMs = cpuMsOf(await readFile(times, 'utf8').catch(() => ''));
    return { ...result, cpuMs, memory: peak };
  } finally {
    await temp.remove();
  }
}

function cpuMsOf(times: string): number {
  const children = times.split('\n')[1] ?? '';
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1000,
    0,
  );
}

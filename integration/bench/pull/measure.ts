import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type ExecResult, start } from '../../support/exec.js';
import { killMarked } from '../../support/kill-tree.js';
import { newTempDir } from '../../support/temp.js';
import { type TreeUse, watchTree } from './process-tree.js';
import { processorTime } from './processor-time.js';

/** What a command took, with every process that it started. */
export type Measurement = ExecResult & { readonly cpuMs: number; readonly tree: TreeUse };

export type MeasureOptions = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Kills the command and all that it has started when aborted. */
  readonly signal: AbortSignal;
  /** When it settles, the command and all that it has started are killed. */
  readonly killWhen?: (ended: AbortSignal) => Promise<void>;
};

// Only ends a hang.
const timeoutMs = 15 * 60_000;

const marker = 'BENCH_RUN';

/** Runs a command to its end. */
export async function measure(command: readonly string[], options: MeasureOptions): Promise<Measurement> {
  const temp = await newTempDir();
  const ended = new AbortController();
  const processors = await processorTime(join(temp.path, 'times'));
  try {
    const run = randomUUID();
    const env = { ...options.env, [marker]: run };
    const [program = '', ...args] = processors.wrapped(command);
    const live = start(program, args, { env, detached: true });
    const { pid } = live;
    if (pid === undefined) {
      await live.finished;
      throw new Error(`${program} has no process id`);
    }
    const watch = watchTree(pid);
    const kill = () => killMarked(`${marker}=${run}`);
    const timer = setTimeout(kill, timeoutMs);
    options.signal.addEventListener('abort', kill);
    const killing = options.killWhen?.(ended.signal).then(() => (ended.signal.aborted ? undefined : kill()));
    const result = await live.finished;
    ended.abort();
    await killing;
    options.signal.removeEventListener('abort', kill);
    clearTimeout(timer);
    const tree = watch.stop();
    options.signal.throwIfAborted();
    return { ...result, cpuMs: await processors.usedMs(), tree };
  } finally {
    await processors.forget();
    await temp.remove();
  }
}

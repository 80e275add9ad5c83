import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** A running process; `args` is its command line. */
export type RunningProcess = { readonly pid: number; readonly args: readonly string[] };

/**
 * Returns the processes whose environment holds `NAME=VALUE`. The environment is inherited by whatever a
 * program starts and outlives the parent, its process group and its session.
 */
export async function processesOf(variable: string): Promise<readonly RunningProcess[]> {
  const found: RunningProcess[] = [];
  for (const pid of await processIds()) {
    const environment = await procStrings(pid, 'environ');
    if (environment.includes(variable)) found.push({ pid, args: await procStrings(pid, 'cmdline') });
  }
  return found;
}

/** Returns true when all processes with the variable have ended within the time given. */
export async function processesEnd(variable: string, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while ((await processesOf(variable)).length > 0) {
    if (performance.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/** Looks at command lines until it is stopped; `stop` returns every different one, arguments joined by spaces. */
export type CommandLineWatch = { readonly stop: () => Promise<readonly string[]> };

const watchIntervalMs = 5;

/**
 * Watches the command lines of all processes with the variable `NAME=VALUE` in their environment, as another
 * user's `ps` would see them. It looks every few milliseconds, so it can miss a process that ends sooner.
 */
export function watchCommandLines(variable: string): CommandLineWatch {
  const seen = new Set<string>();
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      for (const { args } of await processesOf(variable)) seen.add(args.join(' '));
      await sleep(watchIntervalMs);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await watching;
      return [...seen];
    },
  };
}

async function processIds(): Promise<readonly number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** proc(5): strings that each end in NUL; none for a zombie or a process that is gone. */
async function procStrings(pid: number, file: 'cmdline' | 'environ'): Promise<readonly string[]> {
  try {
    const text = await readFile(`/proc/${pid}/${file}`, 'utf8');
    return text.split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

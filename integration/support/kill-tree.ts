import type { LiveCli } from './cli.js';
import { processesOf } from './processes.js';

/**
 * Kills the program and all that it has started with KILL, and returns when none of them is left.
 *
 * The program is stopped first: it sees no child end before it ends itself, and starts no other in between.
 */
export async function killTree(live: LiveCli): Promise<void> {
  live.kill('SIGSTOP');
  for (;;) {
    const running = await processesOf(live.marker);
    if (running.length === 0) break;
    // The program itself last: at its end the kernel sends TERM to its children.
    for (const { pid } of running) if (pid !== live.pid) kill(pid);
    live.kill('SIGKILL');
  }
  await live.finished;
}

/** Kills with KILL whatever has the variable `NAME=VALUE` in its environment, and returns when none of it is left. */
export async function killMarked(marker: string): Promise<void> {
  for (;;) {
    const running = await processesOf(marker);
    if (running.length === 0) return;
    for (const { pid } of running) kill(pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ESRCH: it has ended.
  }
}

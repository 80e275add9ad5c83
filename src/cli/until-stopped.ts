import { withTimeout } from '../pull/time-limit.js';
import { listenForInterruption, statusOfStop } from './interruption.js';
import { writeNote } from './output.js';

/**
 * Does what a signal to this process or its time limit stops, and returns its exit status; where it was stopped before
 * it had one, that of the stop.
 *
 * @param say told the name of the signal
 * @param task is given the exit status of a signal, too, once there was one
 */
export async function untilStopped(
  { timeout }: { readonly timeout?: number | undefined },
  say: (name: string) => void,
  task: (signal: AbortSignal, interrupted: () => number | undefined) => Promise<number>,
): Promise<number> {
  const interruption = listenForInterruption(say);
  const signal = withTimeout(interruption.signal, timeout);
  try {
    return await task(signal, interruption.exitStatus);
  } catch (error) {
    return statusOfStop(error, signal, interruption);
  } finally {
    interruption.release();
  }
}

export function sayStopping(name: string): void {
  writeNote(`${name}: stopping\n`);
}

import { withTimeout } from '../pull/time-limit.js';
import { type Interruption, listenForInterruption, statusOfStop } from './interruption.js';
import { writeError, writeNote } from './output.js';

/**
 * Does what a signal to this process or its time limit stops, and returns its exit status; where it was stopped before
 * it had one, that of the stop.
 *
 * @param say told the name of the signal
 * @param task is given the exit status of a signal, too, once there was one
 */
export async function untilStopped(
  { timeout, format }: { readonly timeout?: number | undefined; readonly format: string },
  say: (name: string) => void,
  task: (signal: AbortSignal, interrupted: () => number | undefined) => Promise<number>,
): Promise<number> {
  const interruption = listenForInterruption(say);
  // A command that knows how far it came has told so in its result.
  const tell = ({ error }: Interruption) => {
    if (format === 'json') writeError(error());
  };
  const signal = withTimeout(interruption.signal, timeout);
  try {
    const status = await task(signal, interruption.exitStatus);
    if (status === interruption.exitStatus()) tell(interruption);
    return status;
  } catch (error) {
    const status = statusOfStop(error, signal, interruption);
    tell(interruption);
    return status;
  } finally {
    interruption.release();
  }
}

export function sayStopping(name: string): void {
  writeNote(`${name}: stopping\n`);
}

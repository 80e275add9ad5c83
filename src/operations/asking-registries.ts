import pLimit from 'p-limit';
import { traceCommands } from '../cli/findings.js';
import { listenForInterruption, statusOfStop } from '../cli/interruption.js';
import { writeNote } from '../cli/output.js';
import type { Redact } from '../diagnostic/redact.js';
import type { AskRegistry } from '../pull/ask-registry.js';
import { askThroughSkopeo } from '../pull/ask-registry.js';
import { tellOfWaits } from '../pull/tell-of-waits.js';
import { workDirectory } from '../pull/work-directory.js';
import { findSkopeo } from '../tools/registry/skopeo.js';
import { withTimeout } from './planning.js';

/** Options of `check` where it asks registries. */
export interface AskingOptions {
  readonly skopeo: string;
  readonly timeout?: number;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

/** How long a registry may take to say what it has; of a run with a time limit, no more than a quarter. */
const lookUpMs = 15_000;

/** How many questions are asked at the same time: they are small, and mostly wait. */
const lookUps = 16;

/**
 * Asks registries with the credentials of the next boot, some questions at the same time. A run that is stopped
 * before all is answered gives its exit status instead.
 *
 * @param redact masks what the registries say
 * @param environment variables for skopeo; what they name may lie in a directory that is gone after the run
 * @throws BoundImagesError `tool-missing`, `tool-too-old`, `temporary-files`.
 */
export async function askRegistries<T>(
  { skopeo, timeout, verbose, quiet }: AskingOptions,
  redact: Redact,
  questions: (ask: AskRegistry) => Promise<T>,
  environment: (makeDirectory: () => string) => Readonly<Record<string, string>> | undefined = () =>
    undefined,
): Promise<{ readonly answer: T } | { readonly stopped: number }> {
  const work = workDirectory();
  const interruption = listenForInterruption((name) => writeNote(`${name}: stopping\n`));
  const signal = withTimeout(interruption.signal, timeout);
  const limit = pLimit(lookUps);
  try {
    const env = environment(() => work.subdirectory());
    const program = findSkopeo(skopeo, verbose ? traceCommands() : undefined, env, redact);
    const limitMs = Math.min(lookUpMs, (timeout ?? Infinity) / 4);
    const ask = tellOfWaits(
      askThroughSkopeo(program, work, limitMs, signal),
      quiet ? () => undefined : writeNote,
    );
    const answer = await questions((resolved, question) => limit(() => ask(resolved, question)));
    const interrupted = interruption.exitStatus();
    return interrupted === undefined ? { answer } : { stopped: interrupted };
  } catch (error) {
    return { stopped: statusOfStop(error, signal, interruption) };
  } finally {
    work.remove();
    interruption.release();
  }
}

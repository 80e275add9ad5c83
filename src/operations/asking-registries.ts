import pLimit from 'p-limit';
import type { Redact } from '../diagnostic/redact.js';
import type { Observe } from '../model/events.js';
import type { AskRegistry } from '../pull/ask-registry.js';
import { askThroughSkopeo } from '../pull/ask-registry.js';
import { systemTimer } from '../pull/system-timer.js';
import { tellOfWaits } from '../pull/tell-of-waits.js';
import { throwIfStopped } from '../pull/time-limit.js';
import { workDirectory } from '../pull/work-directory.js';
import type { Skopeo } from '../tools/registry/skopeo.js';
import type { AskingInput } from './inputs.js';
import { lookUpMs, lookUps } from './look-ups.js';
import { noteOf } from './telling.js';

/**
 * A skopeo that gets these variables, and of which what is said is masked.
 *
 * @throws BoundImagesError `tool-missing`.
 */
export type OpenSkopeo = (redact: Redact, environment: Readonly<Record<string, string>>) => Promise<Skopeo>;

/** What a run that asks registries has in common. */
export interface Asking {
  readonly input: AskingInput;
  readonly signal: AbortSignal;
  readonly observe: Observe;
  readonly openSkopeo: OpenSkopeo;
}

/**
 * Asks registries with the credentials of the next boot, some questions at the same time. When the time is up before
 * all is answered, what is missing has failed.
 *
 * @param redact masks what the registries say
 * @param environment variables for skopeo; what they name may lie in a directory that is gone after the run
 * @throws BoundImagesError `tool-missing`, `tool-too-old`, `temporary-files`; the reason of the signal where somebody
 *   stopped the run
 */
export async function askRegistries<T>(
  { input, signal, observe, openSkopeo }: Asking,
  redact: Redact,
  questions: (ask: AskRegistry) => Promise<T>,
  environment: (makeDirectory: () => string) => Readonly<Record<string, string>> | undefined = () =>
    undefined,
): Promise<T> {
  const work = workDirectory();
  const limit = pLimit(lookUps);
  try {
    const env = environment(() => work.subdirectory());
    const program = await openSkopeo(redact, env ?? {});
    const ask = tellOfWaits(
      askThroughSkopeo(program, work, lookUpMs(input), signal, { timer: systemTimer, random: Math.random }),
      noteOf(observe, 'info'),
    );
    const answer = await questions((resolved, question) => limit(() => ask(resolved, question)));
    throwIfStopped(signal);
    return answer;
  } finally {
    work.remove();
  }
}

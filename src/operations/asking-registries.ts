import pLimit from 'p-limit';
import type { Redact } from '../diagnostic/redact.js';
import type { Observe } from '../model/events.js';
import { type AskRegistry, askRegistries, type Registries } from '../pull/ask-registry.js';
import { redactorFor } from '../pull/known-secrets.js';
import { systemTimer } from '../pull/system-timer.js';
import { tellOfWaits } from '../pull/tell-of-waits.js';
import { throwIfStopped } from '../pull/time-limit.js';
import type { RegistryAccess } from '../registries/access.js';
import type { Roots } from '../root/open-roots.js';
import { askedOnce } from '../text/asked-once.js';
import type { RegistryClient } from '../tools/registry/client/client.js';
import type { PlainFiles } from '../tools/registry/client/plain-files.js';
import type { AskingInput } from './inputs.js';
import type { Bound } from './read-root.js';
import { noteOf } from './telling.js';

/** Registries as the next boot of these roots reaches them. */
export type OpenRegistries = (roots: Roots, options: OpenOptions) => Promise<OpenedRegistries>;

export interface OpenOptions {
  /** Masks what registries say. */
  readonly redact: Redact;
  /** Of the podman that pulls: what it reads depends on that. `undefined` where this machine has none. */
  readonly podmanVersion: string | undefined;
  /** Ends helpers for credentials. */
  readonly signal: AbortSignal;
}

export interface OpenedRegistries extends Registries {
  readonly access: RegistryAccess;
  /** Of servers that are no registries. */
  readonly files: Pick<PlainFiles, 'get'>;
  readonly client: Pick<RegistryClient, 'manifest' | 'config' | 'tags' | 'blob' | 'ranges'>;
  /** Ends its connections. */
  close(): void;
}

/** The registries of a run that may need none: they are opened when somebody first asks. */
export interface LazyRegistries {
  readonly redact: Redact;
  readonly open: () => Promise<OpenedRegistries>;
  /** Closes them, if they were opened, and ends helpers. */
  readonly close: () => void;
}

export function lazyRegistries(
  { roots, images }: Bound,
  openRegistries: OpenRegistries,
  podmanVersion: () => Promise<string | undefined>,
  signal: AbortSignal,
): LazyRegistries {
  const redact = redactorFor(images);
  const close = new AbortController();
  const untilClosed = AbortSignal.any([signal, close.signal]);
  const open = askedOnce(async () => {
    const options = { redact, podmanVersion: await podmanVersion(), signal: untilClosed };
    const registries = await openRegistries(roots, options);
    // A run that has failed meanwhile waits for nobody.
    if (close.signal.aborted) registries.close();
    else close.signal.addEventListener('abort', registries.close);
    return registries;
  });
  return { redact, open: () => open(), close: () => close.abort() };
}

/** What a run that asks registries has in common. */
export interface Asking {
  readonly input: AskingInput;
  readonly signal: AbortSignal;
  readonly observe: Observe;
  readonly openRegistries: OpenRegistries;
  /** Of the podman of this machine; `undefined` where there is none. */
  readonly podmanVersion: (signal: AbortSignal) => Promise<string | undefined>;
}

/** How many images are asked for at the same time: the questions are small, and mostly wait. */
const imagesAtOnce = 32;

const longestMs = 15_000;

/** How long a registry may take to say what it has; of a run with a time limit, no more than a quarter. */
function lookUpMs({ timeout = Infinity }: AskingInput): number {
  return Math.min(longestMs, timeout / 4);
}

/**
 * Asks registries as the next boot would. When the time is up before all is answered, what is missing has failed.
 *
 * @throws BoundImagesError; the reason of the signal where somebody stopped the run
 */
export async function askNextBoot<T>(
  bound: Bound,
  asking: Asking,
  questions: (ask: AskRegistry, client: () => Promise<OpenedRegistries['client']>) => Promise<T>,
): Promise<T> {
  const { openRegistries, podmanVersion, signal } = asking;
  const registries = lazyRegistries(bound, openRegistries, () => podmanVersion(signal), signal);
  try {
    const answer = await questions(asker(registries, asking), async () => (await registries.open()).client);
    throwIfStopped(asking.signal);
    return answer;
  } finally {
    registries.close();
  }
}

/**
 * Asks registries, some questions at the same time.
 * @param attempts how often each question is put at most, where that is another number than the client's
 */
export function asker(
  { open, redact }: LazyRegistries,
  { input, signal, observe }: Pick<Asking, 'input' | 'signal' | 'observe'>,
  attempts?: number,
): AskRegistry {
  const limit = pLimit(imagesAtOnce);
  const opened = askedOnce(async () =>
    tellOfWaits(
      askRegistries(await open(), redact, lookUpMs(input), signal, systemTimer, attempts),
      noteOf(observe, 'info'),
    ),
  );
  return (resolved, question) => limit(async () => (await opened())(resolved, question));
}

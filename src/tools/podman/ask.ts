import { BoundImagesError } from '../../model/error.js';
import { run, type Trace } from '../process/run.js';
import { patiently, saysBusy } from './busy-store.js';
import { classify } from './classify.js';
import { halfCommittedImage } from './half-committed.js';
import { preparationsFor, type Store, storeArguments } from './store.js';

/** A question to podman about its store. */
export interface Question<T> {
  readonly args: readonly string[];
  /** What podman is to do, after “podman cannot”. */
  readonly what: string;
  /** Reads what podman prints; throws at what is not podman's. */
  readonly parse: (stdout: string) => T;
  /** What the operator does about a failure; else it is about the list of images. */
  readonly hint?: string;
  /** Variables on top of this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Asks until the store is not busy.
 * @throws BoundImagesError `store`, or `store-busy` when others do not leave the store.
 */
export type Ask = <T>(question: Question<T>, signal: AbortSignal | undefined) => Promise<T>;

/** @param program the path of a podman. */
export function questions(program: string, store: Store, trace: Trace | undefined): Ask {
  return ({ args, what, parse, hint, env = {} }, signal) =>
    patiently(async () => {
      const result = await run(program, [...storeArguments(store), ...args], {
        env,
        signal,
        trace,
        mounts: preparationsFor(store),
      });
      if (result.exitCode !== 0) throw storeError(what, result.stderr, hint);
      try {
        return parse(result.stdout);
      } catch (cause) {
        throw new BoundImagesError('store', `what ${program} prints to ${what} is not podman’s`, {
          hint: `see what “podman ${args.join(' ')}” prints`,
          cause,
        });
      }
    }, signal);
}

/** The error of a podman that wrote this to stderr; `what` follows “podman cannot”. */
export function storeError(what: string, stderr: string, hint = listHint): BoundImagesError {
  const { message } = classify(stderr);
  const broken = halfCommittedImage(message);
  const isBusy = saysBusy(message);
  return new BoundImagesError(isBusy ? 'store-busy' : 'store', `podman cannot ${what}: ${message}`, {
    hint: isBusy
      ? 'other programs use the store: try again when they are done'
      : broken === undefined
        ? hint
        : `a pull that was killed has left this image behind: remove it with “podman image rm ${broken}”`,
  });
}

const listHint = 'see whether “podman images” works, and which store it uses with “podman info”';

/** `undefined` for an error with which podman says that there is no such thing; any other is thrown again. */
export function absent(error: unknown, sayings: RegExp): undefined {
  if (error instanceof BoundImagesError && error.code === 'store' && sayings.test(error.message)) return;
  throw error;
}

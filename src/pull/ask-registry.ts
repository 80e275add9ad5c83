import { BoundImagesError } from '../model/error.js';
import type { Failure } from '../model/failure.js';
import type { Random, Timer } from '../model/ports.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { Failed, Found, FoundTags, FoundText } from '../tools/registry/found.js';
import { noAnswer, type Skopeo } from '../tools/registry/skopeo.js';
import { explain } from './explain.js';
import { failureToWrite } from './failure-to-write.js';
import { authfileFor, writePrivateFiles } from './private-files.js';
import { withCredentials } from './with-credentials.js';
import { removeIfPossible, type WorkDirectory } from './work-directory.js';

/** Enough for a registry that stumbles; one that is down is the pulls' to wait for. */
const retryWaitsMs = [200, 1000, 3000];

/** skopeo with the credentials and certificates of one image. */
export interface Asker {
  manifest(name: string): Promise<Found | Failed>;
  config(name: string): Promise<FoundText | Failed>;
  tags(repository: string): Promise<FoundTags | Failed>;
}

export type Answer<T> = T | { readonly kind: 'failed'; readonly error: Failure };

/** Asks one question about an image, again where that may help, and with its other credentials where it is refused. */
export type AskRegistry = <T extends { readonly kind: string }>(
  resolved: ResolvedImage,
  question: (asker: Asker) => Promise<T | Failed>,
) => Promise<Answer<T>>;

/**
 * Asks registries through skopeo, with the credentials and certificates of the pull.
 *
 * @param limitMs how long the questions about one image may take: a registry that does not answer must not keep
 * the images waiting that can be had, and is not asked for another one
 */
export function askThroughSkopeo(
  skopeo: Skopeo,
  work: WorkDirectory,
  limitMs: number,
  signal: AbortSignal,
  { timer, random }: { readonly timer: Timer; readonly random: Random },
): AskRegistry {
  /** Registries that did not answer in time: nobody waits for them once more. */
  const silent = new Set<string>();

  return async (resolved, question) => {
    const { options, reference } = resolved.image;
    const registry = reference.transport === 'docker' ? reference.registry : null;
    if (registry !== null && silent.has(registry))
      return { kind: 'failed', error: explain(noAnswer, resolved, []) };
    const limited = timer.limit(signal, limitMs);
    let directory: string | undefined;
    try {
      const own = work.subdirectory();
      directory = own;
      const privateFiles = writePrivateFiles(own, resolved);
      let said: Failure | undefined;
      for (let attempt = 0; ; attempt += 1) {
        const { result, tried } = await withCredentials(
          resolved.credentials,
          (candidate) => {
            const files = { ...privateFiles, authfile: authfileFor(own, resolved, candidate) };
            return question({
              manifest: (name) => skopeo.manifest(name, options, files, limited),
              config: (name) => skopeo.config(name, options, files, limited),
              tags: (repository) => skopeo.tags(repository, options, files, limited),
            });
          },
          (answer) => (isFailed(answer) ? answer.failure : undefined),
        );
        if (!isFailed(result)) return result;
        // Also of what was found wrong with an answer.
        const told = { ...result.failure, message: skopeo.redact(result.failure.message) };
        // That the time was up says less than what the registry has said before.
        const failure: Failure = result.failure === noAnswer ? (said ?? told) : told;
        said = failure;
        const waitMs = failure.kind === 'transient' ? retryWaitsMs[attempt] : undefined;
        if (waitMs !== undefined && !limited.aborted) {
          await timer.sleep(waitMs * (0.5 + random()), limited);
        }
        if (waitMs === undefined || limited.aborted) {
          if (limited.aborted && registry !== null) silent.add(registry);
          return { kind: 'failed', error: explain(failure, resolved, tried) };
        }
      }
    } catch (error) {
      if (error instanceof BoundImagesError) throw error;
      return { kind: 'failed', error: explain(failureToWrite(error), resolved, []) };
    } finally {
      if (directory !== undefined) removeIfPossible(directory);
    }
  };
}

function isFailed(answer: { readonly kind: string }): answer is Failed {
  return answer.kind === 'failed';
}

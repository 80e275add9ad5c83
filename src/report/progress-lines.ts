import type { PlannedImage } from '../plan/plan.js';
import type { PullObserver } from '../pull/outcome.js';

/** Progress as lines: one when a pull starts, is tried again, or ends. */
export function progressLines(write: (line: string) => void): PullObserver {
  return {
    started: (image, attempt) =>
      write(`pulling ${nameOf(image)}${attempt === 1 ? '' : `, attempt ${attempt}`}`),
    retrying: (image, error, waitMs) =>
      write(`${nameOf(image)} failed, next attempt in ${(waitMs / 1000).toFixed(1)} s: ${error.message}`),
    ended: (image, error, seconds) =>
      write(
        error === null
          ? `pulled ${nameOf(image)} in ${seconds.toFixed(1)} s`
          : `${nameOf(image)} failed: ${error.message}`,
      ),
  };
}

export const noProgress: PullObserver = {
  started: () => undefined,
  retrying: () => undefined,
  ended: () => undefined,
};

function nameOf({ resolved }: PlannedImage): string {
  return resolved.image.reference.text;
}

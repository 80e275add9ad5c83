import type { ProgressOptions, RootOptions } from './options.js';
import { isOneScreen, progressFor } from './report/progress.js';
import type { ProgressDisplay } from './report/progress-display.js';

/** Where a command that pulls shows how far it is. */
export interface Display {
  readonly progress: ProgressDisplay;
  /** The result goes to the same terminal, where what was pulled has been said. */
  readonly isTold: boolean;
}

/** @throws BoundImagesError `usage` */
export async function openDisplay(
  options: ProgressOptions & Pick<RootOptions, 'format' | 'quiet'>,
): Promise<Display> {
  const isTold = isOneScreen(options);
  const { progress: kind, quiet, progressFd: fd } = options;
  return { progress: await progressFor(kind, { quiet, fd, isOneScreen: isTold }), isTold };
}

import type { PullObserver } from '../../model/events.js';

/** Shows progress on stderr, or wherever it was asked for. */
export interface ProgressDisplay {
  readonly observer: PullObserver;
  /** Shows other text, of whole lines, without mixing it up with the progress: findings, command lines. */
  note(text: string, level?: 'warning'): void;
  /** Leaves the terminal as it was found, however the run ended. To be called more than once is fine. */
  close(): void;
}

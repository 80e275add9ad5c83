import type { NoteEvent, Observe, SummaryEvent } from '../model/events.js';
import type { Trace } from '../tools/process/run.js';

/** Tells of each program that is started. */
export function traceOf(observe: Observe): Trace {
  return (commandLine) => observe({ kind: 'command', commandLine });
}

/** Takes sentences for whoever waits. */
export function noteOf(observe: Observe, level: NoteEvent['level']): (text: string) => void {
  return (text) => observe({ kind: 'note', level, text });
}

/**
 * Tells the plan and the summary of a run that pulls nothing, so that whoever follows a run always has both.
 *
 * @param counts of the bound images, as far as is known what becomes of them
 */
export function tellEmptyRun(
  observe: Observe,
  counts: Pick<SummaryEvent, 'images'> & Partial<Pick<SummaryEvent, 'present' | 'failed'>>,
): void {
  const { images } = counts;
  observe({ kind: 'plan', images, toPull: 0, downloadBytes: 0, sharedBytesSaved: 0 });
  observe(emptySummary(counts));
}

/** The last event of a run of which no image is known to have come. */
export function emptySummary(
  counts: Pick<SummaryEvent, 'images'> & Partial<Pick<SummaryEvent, 'present' | 'failed' | 'seconds'>>,
): SummaryEvent {
  const none = { present: 0, pulled: 0, failed: 0, bytes: 0, origins: [], seconds: 0, sharedBytesSaved: 0 };
  return { kind: 'summary', ...none, ...counts };
}

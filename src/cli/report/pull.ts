import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Origin } from '../../model/events.js';
import type { PullOutcome } from '../../model/outcome.js';
import type { PayloadOutcome } from '../../state/payloads.js';
import { failureJson, inOptions } from '../hints.js';
import { countText, plural } from './diagnostics-text.js';
import { type ImageRow, imageLines } from './image-lines.js';
import { payloadCounts, payloadOutcomeJson, payloadRows } from './payloads.js';
import { findingJson } from './place-json.js';
import { originsText } from './progress-sentences.js';
import { schemaVersion } from './schema-version.js';
import { shownPath } from './shown-path.js';
import { inStore, storeOf } from './shown-store.js';
import { styleFor } from './style.js';

/** What is printed of a run that pulls. */
export interface PullReport {
  readonly root: string;
  readonly outcomes: readonly PullOutcome[];
  readonly payloads: readonly PayloadOutcome[];
  readonly origins: readonly Origin[];
  readonly seconds: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** What `pull --format json` prints. */
export function pullJson({ root, payloads, ...pulled }: PullReport): object {
  return { schemaVersion, root, ...pulledJson(pulled), payloads: payloads.map(payloadOutcomeJson) };
}

/** The part of it that others print, too. `bytes` is what was received, over all attempts; of `origins`, of each place. */
export function pulledJson({
  outcomes,
  origins,
  seconds,
  diagnostics,
}: Omit<PullReport, 'root' | 'payloads'>): object {
  return {
    images: outcomes.map(({ planned, state, digest, id, bytes, attempts, seconds: imageSeconds, error }) => ({
      reference: planned.resolved.image.reference.text,
      store: storeOf(planned.resolved),
      state,
      digest,
      id,
      bytes,
      attempts,
      seconds: round(imageSeconds),
      error: error && failureJson(error),
    })),
    totals: { bytes: outcomes.reduce((sum, { bytes }) => sum + bytes, 0), seconds: round(seconds) },
    origins: origins.map(({ kind, name, bytes }) => ({ kind, name, bytes })),
    diagnostics: diagnostics.map(findingJson),
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Of a root with an error, without `--keep-going`. */
export function refusedText({ root, diagnostics }: Pick<PullReport, 'root' | 'diagnostics'>): string {
  const where = `${countText(diagnostics)} in ${shownPath(root)}`;
  return `nothing was pulled: ${where}; --keep-going pulls the images without an error\n`;
}

type PersonReport = Pick<PullReport, 'outcomes' | 'payloads' | 'origins' | 'seconds'> & {
  readonly root?: string | undefined;
};

/**
 * The same for a person: a line for each image, with what to do about those that failed, and a summary, which names
 * the root where nothing else does.
 */
export function pullText(
  { root, outcomes, payloads, origins, seconds }: PersonReport,
  stream: NodeJS.WriteStream,
): string {
  const style = styleFor(stream);
  const colours = { present: 'dim', pulled: 'green', failed: 'red' } as const;
  const rows = outcomes.map(({ planned, state, digest, error }): ImageRow => {
    const { text } = planned.resolved.image.reference;
    const isNews = digest !== null && !text.endsWith(digest);
    return {
      own: [
        `${style(colours[state], state.padEnd(7))} ${text}${isNews ? style('dim', ` ${digest}`) : ''}${inStore(planned.resolved)}`,
      ],
      said: said(error),
    };
  });
  const summary = summaryOf({ root, outcomes, payloads, origins, seconds });
  return `${[...imageLines([...rows, ...payloadRows(payloads, stream)], stream), summary].join('\n')}\n`;
}

function said(error: PullOutcome['error']): ImageRow['said'] {
  if (error === null) return [];
  const { message, hint } = inOptions(error);
  return [{ message, hint }];
}

/**
 * The same where progress was shown on the same terminal, and has said what was pulled: what failed, and a summary. What
 * an interruption has left is for the next run, and no failure.
 */
export function pullEndText(report: PersonReport, stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  const { outcomes, payloads } = report;
  const failed = outcomes.filter(({ error }) => error !== null && error.code !== 'interrupted');
  const rows = failed.map(({ planned, error }): ImageRow => {
    const name = planned.resolved.image.reference.text;
    return { own: [`${style('red', 'failed ')} ${name}${inStore(planned.resolved)}`], said: said(error) };
  });
  const failedPayloads = payloads.filter(({ error }) => error !== null && error.code !== 'interrupted');
  const isInterrupted = [...outcomes, ...payloads].some(({ error }) => error?.code === 'interrupted');
  const complete = outcomes.filter(({ error }) => error === null).length;
  const summary = isInterrupted
    ? `interrupted: ${complete} of ${plural(outcomes.length, 'image')} complete; run it again`
    : summaryOf(report);
  const lines = imageLines([...rows, ...payloadRows(failedPayloads, stream)], stream);
  return `${[...lines, summary].join('\n')}\n`;
}

function summaryOf({ root, outcomes, payloads, origins, seconds }: PersonReport): string {
  const count = (state: PullOutcome['state']) => outcomes.filter((outcome) => outcome.state === state).length;
  const counts = `${count('present')} present, ${count('pulled')} pulled, ${count('failed')} failed`;
  const from = originsText(origins);
  const where = root === undefined ? '' : ` in ${shownPath(root)}`;
  const summary = `${plural(outcomes.length, 'bound image')}${where}: ${counts}, in ${seconds.toFixed(1)} s`;
  return `${summary}${from === '' ? '' : `: ${from}`}${payloadCounts(payloads)}`;
}

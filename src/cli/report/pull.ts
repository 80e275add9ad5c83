import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Origin } from '../../model/events.js';
import type { PullOutcome } from '../../model/outcome.js';
import { failureJson, findingInOptions, inOptions } from '../hints.js';
import { plural } from './diagnostics-text.js';
import { originsText } from './progress-sentences.js';
import { schemaVersion } from './schema-version.js';
import { styleFor } from './style.js';

/** What is printed of a run that pulls. */
export interface PullReport {
  readonly root: string;
  readonly outcomes: readonly PullOutcome[];
  readonly origins: readonly Origin[];
  readonly seconds: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** What `pull --format json` prints. `bytes` is what was received, over all attempts; of `origins`, of each place. */
export function pullJson({ root, outcomes, origins, seconds, diagnostics }: PullReport): object {
  return {
    schemaVersion,
    root,
    images: outcomes.map(({ planned, state, digest, id, bytes, attempts, seconds: imageSeconds, error }) => ({
      reference: planned.resolved.image.reference.text,
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
    diagnostics: diagnostics.map(findingInOptions),
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** The same for a person: a line for each image, with what to do about those that failed, and a summary. */
export function pullText(
  { outcomes, origins, seconds }: Pick<PullReport, 'outcomes' | 'origins' | 'seconds'>,
  stream: NodeJS.WriteStream,
): string {
  const style = styleFor(stream);
  const colours = { present: 'dim', pulled: 'green', failed: 'red' } as const;
  const lines = outcomes.flatMap(({ planned, state, digest, error: failure }) => {
    const error = failure && inOptions(failure);
    const { text } = planned.resolved.image.reference;
    const isNews = digest !== null && !text.endsWith(digest);
    return [
      `${style(colours[state], state.padEnd(7))} ${text}${isNews ? style('dim', ` ${digest}`) : ''}`,
      ...(error === null ? [] : [`        ${error.message}`]),
      ...(error === null || error.hint === null ? [] : [`        ${style('cyan', 'hint:')} ${error.hint}`]),
    ];
  });
  const count = (state: PullOutcome['state']) => outcomes.filter((outcome) => outcome.state === state).length;
  const counts = `${count('present')} present, ${count('pulled')} pulled, ${count('failed')} failed`;
  const from = originsText(origins);
  const summary = `${plural(outcomes.length, 'bound image')}: ${counts}, in ${seconds.toFixed(1)} s`;
  return `${[...lines, `${summary}${from === '' ? '' : `: ${from}`}`].join('\n')}\n`;
}

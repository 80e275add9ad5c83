import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { PullOutcome } from '../../model/outcome.js';
import { failureJson, findingInOptions, inOptions } from '../hints.js';
import { plural } from './diagnostics-text.js';
import { schemaVersion } from './schema-version.js';
import { styleFor } from './style.js';

/** What `pull --format json` prints. `bytes` is what was received, over all attempts. */
export function pullJson(
  root: string,
  outcomes: readonly PullOutcome[],
  seconds: number,
  diagnostics: readonly Diagnostic[],
): object {
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
    diagnostics: diagnostics.map(findingInOptions),
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** The same for a person: a line for each image, with what to do about those that failed, and a summary. */
export function pullText(
  outcomes: readonly PullOutcome[],
  seconds: number,
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
  return `${[...lines, `${plural(outcomes.length, 'bound image')}: ${counts}, in ${seconds.toFixed(1)} s`].join('\n')}\n`;
}

import { type Payload, payloadName } from '../../model/payload.js';
import type { PayloadOutcome, PayloadPresence } from '../../state/payloads.js';
import { formatBytes } from '../../text/format.js';
import { printable } from '../../text/printable.js';
import { failureJson, inOptions } from '../hints.js';
import { plural } from './diagnostics-text.js';
import type { ImageRow } from './image-lines.js';
import { styleFor } from './style.js';

/** Which payload it is, as it is printed in JSON. */
function namedJson({ reference, payload }: Pick<PayloadOutcome, 'reference' | 'payload'>) {
  const { source, as } = payload;
  return {
    reference,
    path: source.kind === 'path' ? source.path : null,
    title: source.kind === 'title' ? source.title : null,
    mediaType: source.kind === 'media-type' ? source.mediaType : null,
    as,
  };
}

/** What became of a payload, as `pull` and `stage` print it. */
export function payloadOutcomeJson(outcome: PayloadOutcome): object {
  const { state, bytes, error } = outcome;
  return { ...namedJson(outcome), state, bytes, error: error && failureJson(error) };
}

/** Whether a payload is there, as `gate` and `status` print it. */
export function payloadPresenceJson(presence: PayloadPresence): object {
  const { isPresent, bytes, problem } = presence;
  return { ...namedJson(presence), state: isPresent ? 'present' : 'missing', bytes, problem };
}

function nameOf(payload: Payload, reference: string): string {
  return `${payload.as} ${printable(`(${payloadName(payload.source)} of ${reference})`)}`;
}

/** The same for a person. */
export function payloadRows(
  outcomes: readonly PayloadOutcome[],
  stream: NodeJS.WriteStream,
): readonly ImageRow[] {
  const style = styleFor(stream);
  const colours = { present: 'dim', taken: 'green', failed: 'red' } as const;
  return outcomes.map(({ reference, payload, state, bytes, error }) => {
    const size = bytes === null ? '' : style('dim', `, ${formatBytes(bytes)}`);
    return {
      own: [`${style(colours[state], state.padEnd(7))} ${nameOf(payload, reference)}${size}`],
      said: error === null ? [] : [inOptions(error)],
    };
  });
}

/** Behind what is said of images; empty where there is none. */
export function payloadCounts(outcomes: readonly PayloadOutcome[]): string {
  if (outcomes.length === 0) return '';
  const count = (state: PayloadOutcome['state']) => outcomes.filter((each) => each.state === state).length;
  return `; ${plural(outcomes.length, 'payload')}: ${count('present')} present, ${count('taken')} taken, ${count('failed')} failed`;
}

/** What is not there, for a person. */
export function missingPayloadRows(
  payloads: readonly PayloadPresence[],
  stream: NodeJS.WriteStream,
): readonly ImageRow[] {
  const style = styleFor(stream);
  return payloads
    .filter(({ isPresent }) => !isPresent)
    .map(({ reference, payload, problem }) => ({
      own: [`${style('red', 'missing')} ${nameOf(payload, reference)}`],
      said: problem === null ? [] : [{ message: `it ${problem}`, hint: null }],
    }));
}

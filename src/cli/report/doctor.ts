import { type DoctorLine, type DoctorReport, doctorTopics } from '../../operations/doctor-report.js';
import { inOptions } from '../hints.js';
import { plural } from './diagnostics-text.js';
import { schemaVersion } from './schema-version.js';
import { styleFor } from './style.js';

/** What `doctor --format json` prints. */
export function doctorJson({ ready, lines }: DoctorReport): object {
  return {
    schemaVersion,
    ready,
    lines: lines
      .map(inOptions)
      .map(({ topic, state, message, hint, code }) => ({ topic, state, message, hint, code })),
  };
}

const colours = { ok: 'green', warning: 'yellow', error: 'red', unknown: 'cyan' } as const;

/** The same for a person, by topic, with what to do below each line; `quiet` leaves out what is as it should be. */
export function doctorText(
  { ready, lines }: DoctorReport,
  quiet: boolean,
  stream: NodeJS.WriteStream,
): string {
  const style = styleFor(stream);
  const shown = lines.filter(({ state }) => !quiet || state !== 'ok').map(inOptions);
  const before = Math.max(...doctorTopics.map((topic) => topic.length));
  const text = doctorTopics.flatMap((topic) =>
    shown
      .filter((line) => line.topic === topic)
      .flatMap(({ state, message, hint }, at) => [
        `${style('bold', (at === 0 ? topic : '').padEnd(before))}  ${style(colours[state], state.padEnd('warning'.length))}  ${message}`,
        ...(hint === null
          ? []
          : [`${' '.repeat(before + 'warning'.length + 4)}${style('cyan', 'hint:')} ${hint}`]),
      ]),
  );
  const counts = (['error', 'warning'] as const).map((state) => plural(countOf(lines, state), state));
  const unknown = countOf(lines, 'unknown');
  const end = `${ready ? 'ready' : 'not ready'}: ${counts.join(', ')}${unknown === 0 ? '' : `, ${unknown} not seen`}`;
  return `${[...text, end].join('\n')}\n`;
}

function countOf(lines: readonly DoctorLine[], state: DoctorLine['state']): number {
  return lines.filter((line) => line.state === state).length;
}

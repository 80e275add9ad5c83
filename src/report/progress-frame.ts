import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import { printable } from '../diagnostic/printable.js';
import { formatBytes, formatRate, formatTimeLeft } from './format.js';
import { type Style, secondsLeft, totals } from './progress-sentences.js';
import type { CurrentImage, ProgressState } from './progress-state.js';
import { transferRate } from './transfer-rate.js';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** An image as a line shows it: what it is called, and what is said of it. */
interface Row {
  readonly name: string;
  /** Numbers under each other, the weightiest first, or one sentence. */
  readonly cells: readonly string[] | string;
}

const gap = '  ';
const ellipsis = '...';
const barColumns = { least: 10, most: 30 } as const;
/** A name, and a sentence beside it, are worth this much more than the next number. */
const nameColumns = 16;
const sentenceColumns = 28;

/**
 * The lines that show the state on a terminal of that size: totals, then an image each, then how many more
 * there are. Each is narrower than the terminal, and there is at least one row less, where the cursor stays.
 * ASCII except for what is in names: a serial console may know nothing else.
 */
export function progressFrame(
  state: ProgressState,
  { columns, rows }: TerminalSize,
  nowMs: number,
  style: Style,
): readonly string[] {
  // A line that fills the last column leaves some terminals at its end and others on the next line.
  const width = Math.max(20, columns - 1);
  const listed = [...state.current.filter(isMoving), ...state.current.filter(isFollower)];
  const queued = state.current.length - listed.length;
  const room = Math.max(0, rows - 2);
  const fits = listed.length + (queued > 0 ? 1 : 0) <= room;
  const shown = fits ? listed : listed.slice(0, Math.max(0, room - 1));
  const rest = [
    ...(shown.length < listed.length ? [`and ${listed.length - shown.length} more`] : []),
    ...(queued > 0 ? [`${queued} waiting for a free slot`] : []),
  ].join(', ');
  return [
    totalLine(state, width, nowMs, style),
    ...imageLines(shown, width, nowMs, style),
    ...(rest === '' || room === 0 ? [] : [style('dim', cut(rest, width, 'end'))]),
  ];
}

function isMoving({ phase }: CurrentImage): boolean {
  return phase.kind !== 'waiting';
}

function isFollower({ phase }: CurrentImage): boolean {
  return phase.kind === 'waiting' && phase.for !== null;
}

function totalLine(state: ProgressState, width: number, nowMs: number, style: Style): string {
  const parts = [...totals(state, nowMs)];
  while (parts.length > 1 && parts.join(', ').length > width) parts.pop();
  const text = cut(parts.join(', '), width, 'end');
  const columns = Math.min(barColumns.most, width - text.length - gap.length - '[]'.length);
  if (columns < barColumns.least) return text;
  const filled = Math.floor(fraction(state) * columns);
  return `[${style('green', '#'.repeat(filled))}${'.'.repeat(columns - filled)}]${gap}${text}`;
}

/** By bytes; by images where the bytes are not known. */
function fraction({ toPull, pulled, failed, received, expected }: ProgressState): number {
  const [done, all] = expected === null ? [pulled + failed, toPull ?? 0] : [received, expected];
  return all > 0 ? Math.min(1, done / all) : 0;
}

function imageLines(images: readonly CurrentImage[], width: number, nowMs: number, style: Style): string[] {
  const rows = images.map((image) => rowOf(image, nowMs));
  const widths = cellWidths(rows);
  const longest = Math.max(0, ...rows.map(({ name }) => stringWidth(name)));
  const beside = (columns: number) => (columns === 0 ? width : width - gap.length - columns);
  const besideNumbers = (count: number) =>
    beside(widths.slice(0, count).reduce((sum, cell) => sum + cell, gap.length * Math.max(0, count - 1)));
  let count = widths.length;
  while (count > 0 && besideNumbers(count) < Math.min(longest, nameColumns)) count -= 1;
  const sentence = Math.max(0, ...rows.map(({ cells }) => (typeof cells === 'string' ? cells.length : 0)));
  const besideSentence = Math.max(
    beside(Math.min(sentence, sentenceColumns)),
    Math.min(nameColumns, width / 2),
  );
  const nameWidth = Math.floor(Math.min(longest, besideNumbers(count), besideSentence));
  return rows.map(({ name, cells }) => {
    const shortened = cut(name, nameWidth, 'middle');
    const padded = shortened + ' '.repeat(nameWidth - stringWidth(shortened));
    const text =
      typeof cells === 'string'
        ? style('yellow', cut(cells, width - nameWidth - gap.length, 'end'))
        : cells
            .slice(0, count)
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join(gap);
    return `${padded}${gap}${text}`.trimEnd();
  });
}

function rowOf(image: CurrentImage, nowMs: number): Row {
  const { reference, phase, attempt, received, expected, samples } = image;
  const name = shortName(reference);
  if (phase.kind === 'waiting')
    return { name, cells: `waiting for ${shortName(phase.for ?? 'a free slot')}` };
  if (phase.kind === 'retrying') {
    const seconds = Math.max(0, (phase.atMs - nowMs) / 1000);
    return { name, cells: `attempt ${attempt} in ${formatTimeLeft(seconds)}` };
  }
  const rate = transferRate(samples, nowMs);
  const bytes = formatBytes(received).padStart(7);
  return {
    name,
    cells: [
      expected === null ? bytes : `${bytes} of ${formatBytes(Math.max(received, expected)).padStart(7)}`,
      rate === null ? '' : formatRate(rate).padStart(9),
      timeLeft(image, rate),
      attempt === 1 ? '' : `attempt ${attempt}`,
    ],
  };
}

function timeLeft({ received, expected }: CurrentImage, rate: number | null): string {
  if (expected === null) return '';
  // podman has all the bytes and is unpacking them into the store.
  if (expected > 0 && received >= expected) return 'storing';
  const seconds = secondsLeft(received, expected, rate);
  return seconds === null ? '' : `${formatTimeLeft(seconds)} left`;
}

/** Of each column of numbers; a column that nobody fills goes. */
function cellWidths(rows: readonly Row[]): number[] {
  const numbers = rows.flatMap(({ cells }) => (typeof cells === 'string' ? [] : [cells]));
  const columns = Math.max(0, ...numbers.map(({ length }) => length));
  return Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...numbers.map((cells) => cells[column]?.length ?? 0)),
  );
}

/** A digest is told from others by its first twelve digits, as podman shows image ids. */
function shortName(reference: string): string {
  return printable(reference).replace(/(@[^:@]+:[0-9a-f]{12})[0-9a-f]+$/, '$1');
}

function cut(text: string, width: number, position: 'middle' | 'end'): string {
  return cliTruncate(text, width, { position, truncationCharacter: ellipsis });
}

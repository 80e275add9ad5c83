import stringWidth from 'string-width';
import { formatBytes, formatRate, formatTimeLeft } from '../../text/format.js';
import { type Style, secondsLeft } from './progress-sentences.js';
import type { CurrentImage } from './progress-state.js';
import { shorten, shortReference } from './shorten.js';
import { transferRate } from './transfer-rate.js';

/** An image as a line shows it: what it is called, and what is said of it. */
interface Row {
  readonly name: string;
  /** Numbers that stand under each other, the weightiest first, or one sentence. */
  readonly said: readonly string[] | string;
}

const gap = '  ';
/** Names keep this much before a column of numbers does, and a sentence before the names do. */
const nameColumns = 16;
const sentenceColumns = 28;

/** A line for each image, at most `width` columns wide: names, and beside them the numbers that fit. */
export function progressRows(
  images: readonly CurrentImage[],
  width: number,
  nowMs: number,
  style: Style,
): readonly string[] {
  const rows = aligned(images.map((image) => rowOf(image, nowMs)));
  const longest = Math.max(0, ...rows.map(({ name }) => stringWidth(name)));
  const numbers = rows.flatMap(({ said }) => (typeof said === 'string' ? [] : [said]));
  const sentences = rows.flatMap(({ said }) => (typeof said === 'string' ? [said.length] : []));
  const besideNumbers = (count: number) => beside(width, numbers[0]?.slice(0, count).join(gap).length ?? 0);
  let count = numbers[0]?.length ?? 0;
  while (count > 0 && besideNumbers(count) < Math.min(longest, nameColumns)) count -= 1;
  const nameWidth = Math.min(
    longest,
    besideNumbers(count),
    Math.max(beside(width, Math.min(sentenceColumns, Math.max(0, ...sentences))), nameColumns),
  );
  return rows.map(({ name, said }) => {
    const short = shorten(name, nameWidth, 'middle');
    const padded = short + ' '.repeat(nameWidth - stringWidth(short));
    const text =
      typeof said === 'string'
        ? style('yellow', shorten(said, beside(width, nameWidth), 'end'))
        : said.slice(0, count).join(gap);
    return `${padded}${gap}${text}`.trimEnd();
  });
}

/** What `width` columns leave for something beside what takes `columns` of them. */
function beside(width: number, columns: number): number {
  return columns === 0 ? width : width - gap.length - columns;
}

function rowOf(image: CurrentImage, nowMs: number): Row {
  const { reference, phase, attempt, received, expected, isEstimated, samples } = image;
  const name = shortReference(reference);
  if (phase.kind === 'waiting') {
    return { name, said: `waiting for ${phase.for === null ? 'its turn' : shortReference(phase.for)}` };
  }
  if (phase.kind === 'retrying') {
    const seconds = Math.max(0, (phase.atMs - nowMs) / 1000);
    return { name, said: `attempt ${attempt} in ${formatTimeLeft(seconds)}` };
  }
  const rate = transferRate(samples, nowMs);
  const about = isEstimated ? '~' : '';
  const bytes = `${about}${formatBytes(received)}`.padStart(7);
  return {
    name,
    said: [
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

/** The rows with each column of numbers as wide as its widest one; a column that nobody fills goes. */
function aligned(rows: readonly Row[]): readonly Row[] {
  const numbers = rows.flatMap(({ said }) => (typeof said === 'string' ? [] : [said]));
  const widths = (numbers[0] ?? []).map((_, column) =>
    Math.max(...numbers.map((cells) => cells[column]?.length ?? 0)),
  );
  const pad = (cells: readonly string[]) =>
    widths.flatMap((width, column) => (width === 0 ? [] : [(cells[column] ?? '').padEnd(width)]));
  return rows.map(({ name, said }) => ({ name, said: typeof said === 'string' ? said : pad(said) }));
}

import { shortDigests } from './shorten.js';
import { styleFor } from './style.js';
import { wrapWords } from './wrap-words.js';

/** What went wrong, and what to do about it. */
interface Said {
  readonly message: string;
  readonly hint: string | null;
}

/** One image as a person reads of it: the lines that are its own, and what is said of it, perhaps not of it alone. */
export interface ImageRow {
  readonly own: readonly string[];
  readonly said: readonly Said[];
}

/**
 * Lines about images in their order. Those of which the same is said come together, and behind them it is said once.
 *
 * @param margin how many columns whoever prints the lines puts before them
 */
export function imageLines(
  rows: readonly ImageRow[],
  stream: NodeJS.WriteStream,
  margin = 0,
): readonly string[] {
  const groups = new Map<string, { readonly own: string[]; readonly said: readonly Said[] }>();
  for (const [index, { own, said }] of rows.entries()) {
    const key = said.length === 0 ? `${index}` : JSON.stringify(said);
    const group = groups.get(key) ?? { own: [], said };
    group.own.push(...own);
    groups.set(key, group);
  }
  const columns = (stream.columns || Number.POSITIVE_INFINITY) - margin;
  return [...groups.values()].flatMap(({ own, said }) => [
    ...own,
    ...said.flatMap((each) => saidLines(each, columns, stream)),
  ]);
}

const indent = ' '.repeat(8);

function saidLines({ message, hint }: Said, columns: number, stream: NodeJS.WriteStream): readonly string[] {
  const lines = wrapWords(shortDigests(message), columns, indent.length, indent.length);
  const behind = indent.length + 'hint: '.length;
  const [first, ...others] = hint === null ? [] : wrapWords(hint, columns, behind, behind);
  return [
    ...lines.map((line) => `${indent}${line}`),
    ...(first === undefined ? [] : [`${indent}${styleFor(stream)('cyan', 'hint:')} ${first}`]),
    ...others.map((line) => `${' '.repeat(behind)}${line}`),
  ];
}

import { privateRanges } from '../diagnostic/secret-ranges.js';

/** The numbers of the lines, from 1, that hold what nobody may see. */
export function secretLines(bytes: Buffer): ReadonlySet<number> {
  const text = bytes.toString('latin1');
  const numbers = new Set<number>();
  let line = 1;
  let at = 0;
  for (const { start, end } of privateRanges(text)) {
    for (; at < end; at += 1) {
      if (at >= start) numbers.add(line);
      if (text[at] === '\n') line += 1;
    }
  }
  return numbers;
}

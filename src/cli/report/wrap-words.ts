import { columnsOf } from '../../text/columns.js';

/**
 * Text in lines of at most `columns` columns, parted between words. A word that is longer than a line is not parted, so
 * that it can be copied.
 *
 * @param first how many columns are taken before the first line
 * @param others the same of the others
 */
export function wrapWords(text: string, columns: number, first: number, others: number): readonly string[] {
  const lines: string[] = [];
  let line: string[] = [];
  // Added up word by word: to measure the line for each of its words would be quadratic.
  let width = 0;
  for (const word of text.split(' ')) {
    const room = columns - (lines.length === 0 ? first : others);
    const own = columnsOf(word);
    if (line.length > 0 && width + 1 + own > room) {
      lines.push(line.join(' '));
      line = [];
      width = 0;
    }
    width += line.length === 0 ? own : 1 + own;
    line.push(word);
  }
  return [...lines, line.join(' ')];
}

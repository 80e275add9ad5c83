/** What fits beside line numbers on most terminals. */
const width = 100;

/** The line before, the line itself with a mark under the column, and the line after; both count from 1. */
export function excerpt(text: string, line: number, column: number): string {
  const lines = text.split(/\r?\n/);
  const from = Math.max(0, column - Math.floor(width / 2));
  const digits = String(line + 1).length;
  const show = (number: number): readonly string[] => {
    const content = lines[number - 1];
    if (content === undefined || content === '') return [];
    // A tab is one column, whatever it looks like.
    return [
      `${String(number).padStart(digits)} | ${content.slice(from, from + width).replaceAll('\t', ' ')}`,
    ];
  };
  const mark = `${' '.repeat(digits)} | ${' '.repeat(column - 1 - from)}^`;
  return [...show(line - 1), ...show(line), mark, ...show(line + 1)].join('\n');
}

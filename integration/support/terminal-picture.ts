import xterm, { type IBufferCell } from '@xterm/headless';

/** What a terminal of so many columns shows when a program has written all its output. */
export interface TerminalPicture {
  readonly text: string;
  readonly svg: string;
}

// GitHub's dark theme, by the numbers of ANSI's colours; black and white are text on the background.
const palette = ['#8b949e', '#ff7b72', '#7ee787', '#e3b341', '#79c0ff', '#d2a8ff', '#76e3ea', '#e6edf3'];
const background = '#0d1117';
const plain = '#e6edf3';

const font = { family: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace', size: 13 };
const cell = { width: 7.8, height: 19 };
const margin = 16;

/** @param output what was written to the terminal, with its escape sequences */
export async function drawTerminal(output: string, columns: number): Promise<TerminalPicture> {
  const terminal = new xterm.Terminal({ cols: columns, rows: 200, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(output, resolve));
  const screen = terminal.buffer.active;
  const lines = Array.from({ length: screen.length }, (_, row) => screen.getLine(row)).flatMap((line) =>
    line === undefined ? [] : { line, text: line.translateToString(true) },
  );
  const last = lines.findLastIndex(({ text }) => text !== '');
  const shown = lines.slice(0, last + 1);
  const rows = shown.map(({ line, text }, row) => {
    const spans: { readonly style: string; text: string }[] = [];
    for (let column = 0; column < text.length; column += 1) {
      const at = line.getCell(column);
      const style = styleOf(at);
      const chars = at?.getChars() || ' ';
      const before = spans.at(-1);
      if (before?.style === style) before.text += chars;
      else spans.push({ style, text: chars });
    }
    const y = margin + (row + 0.75) * cell.height;
    const parts = spans.map(({ style, text: part }) => `<tspan${style}>${escaped(part)}</tspan>`);
    // Whatever the font, a line is as long as its columns.
    const length = `textLength="${(text.length * cell.width).toFixed(1)}"`;
    return `<text x="${margin}" y="${y.toFixed(1)}" ${text === '' ? '' : length}>${parts.join('')}</text>\n`;
  });
  terminal.dispose();
  const width = Math.ceil(2 * margin + columns * cell.width);
  const height = Math.ceil(2 * margin + shown.length * cell.height);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="${width}" height="${height}" rx="8" fill="${background}"/>
<g font-family="${font.family}" font-size="${font.size}" fill="${plain}" xml:space="preserve">
${rows.join('')}</g>
</svg>
`;
  return { text: shown.map(({ text }) => `${text}\n`).join(''), svg };
}

/** The attributes of text that looks so. */
function styleOf(at: IBufferCell | undefined): string {
  if (at === undefined) return '';
  const attributes: string[] = [];
  if (at.isFgPalette()) attributes.push(` fill="${palette[at.getFgColor() % palette.length]}"`);
  if (at.isBold()) attributes.push(' font-weight="bold"');
  if (at.isDim()) attributes.push(' opacity="0.65"');
  return attributes.join('');
}

/** The text of such a picture. */
export function pictureText(svg: string): string {
  const lines = [...svg.matchAll(/<text .*?>(.*)<\/text>/g)].map(([, line = '']) =>
    line.replaceAll(/<.*?>/g, ''),
  );
  const text = lines.map((line) => `${line}\n`).join('');
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

import stringWidth from 'string-width';

/** What a terminal's stream is asked for; `columns` and `rows` are 0 on a console that does not know its size. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

/** The last lines of a terminal, drawn again and again in the same place. */
export interface LiveArea {
  /** Replaces what is drawn by `lines`, with `above`, whole lines, before them: that stays. */
  draw(lines: readonly string[], above: string): void;
  /** Replaces what is drawn by `above` and shows the cursor again. */
  clear(above: string): void;
}

// ECMA-48, and DEC private modes: every terminal that is not dumb knows them.
const sequence = {
  up: (rows: number) => `\u001b[${rows}A`,
  eraseLineEnd: '\u001b[K',
  eraseBelow: '\u001b[J',
  hideCursor: '\u001b[?25l',
  showCursor: '\u001b[?25h',
  wrapOff: '\u001b[?7l',
  wrapOn: '\u001b[?7h',
} as const;

/**
 * The cursor waits at the beginning of the row below the lines. Each change is one write, so that no half
 * drawn state is seen.
 */
export function liveArea(terminal: Terminal): LiveArea {
  let drawn: readonly string[] = [];
  // A terminal that became narrower has broken the lines that were wider into several rows.
  const rowsDrawn = () =>
    drawn
      .map((line) => Math.max(1, Math.ceil(stringWidth(line) / (terminal.columns || 80))))
      .reduce((sum, rows) => sum + rows, 0);
  // Row by row: tmux keeps in its history what is erased from the screen's first row to its last at once.
  const erase = () =>
    `\r${sequence.eraseLineEnd}${`${sequence.up(1)}${sequence.eraseLineEnd}`.repeat(rowsDrawn())}`;
  return {
    draw: (lines, above) => {
      const isFirst = drawn.length === 0;
      const begin = isFirst ? sequence.hideCursor : above === '' ? `\r${sequence.up(rowsDrawn())}` : erase();
      // A terminal may be narrower already than we have been told: no line may take two rows then.
      const live = lines.map((line) => `${line}${sequence.eraseLineEnd}\n`).join('');
      terminal.write(`${begin}${above}${sequence.wrapOff}${live}${sequence.wrapOn}${sequence.eraseBelow}`);
      drawn = lines;
    },
    clear: (above) => {
      const undo = drawn.length === 0 ? '' : `${erase()}${sequence.showCursor}`;
      if (undo !== '' || above !== '') terminal.write(undo + above);
      drawn = [];
    },
  };
}

import { expect, test } from 'vitest';
import { liveArea } from '../../../src/cli/report/live-area.js';

/** A terminal whose screen is a list of rows: it knows the sequences of the live area, and no others. */
function screen(columns: number) {
  const state = { columns, rows: 24, screen: [''], row: 0, column: 0, cursor: true, wrap: true, writes: 0 };
  const put = (character: string) => {
    if (state.column >= state.columns) {
      if (!state.wrap) return;
      lineFeed();
    }
    const line = (state.screen[state.row] ?? '').padEnd(state.column);
    state.screen[state.row] = line.slice(0, state.column) + character + line.slice(state.column + 1);
    state.column += 1;
  };
  const lineFeed = () => {
    state.row += 1;
    state.column = 0;
    state.screen[state.row] ??= '';
  };
  const sequences: Readonly<Record<string, (count: number) => void>> = {
    A: (count) => {
      state.row = Math.max(0, state.row - count);
    },
    J: () => {
      state.screen.length = state.row + 1;
      sequences.K?.(0);
    },
    K: () => {
      state.screen[state.row] = (state.screen[state.row] ?? '').slice(0, state.column);
    },
    '?25l': () => {
      state.cursor = false;
    },
    '?25h': () => {
      state.cursor = true;
    },
    '?7l': () => {
      state.wrap = false;
    },
    '?7h': () => {
      state.wrap = true;
    },
  };
  const write = (text: string) => {
    state.writes += 1;
    for (const [part, count, name] of text.matchAll(/\u001b\[(\d*)(\?\d+[hl]|[A-Z])|./gs)) {
      if (name !== undefined) {
        const act = sequences[name];
        if (act === undefined) throw new Error(`unknown sequence ${JSON.stringify(part)}`);
        act(Number(count));
      } else if (part === '\n') lineFeed();
      else if (part === '\r') state.column = 0;
      else put(part);
    }
  };
  /** As terminals do that break lines anew when they become narrower. */
  const narrow = (to: number) => {
    const broken = state.screen.map((line) => line.match(new RegExp(`.{1,${to}}`, 'g')) ?? ['']);
    state.columns = to;
    state.row = broken.slice(0, state.row).flat().length;
    state.screen = broken.flat();
  };
  /** The rows that have text. */
  const text = () => state.screen.join('\n').trimEnd().split('\n');
  return Object.assign(state, { write, narrow, text });
}

test('draws in place, and removes what is drawn', () => {
  const terminal = screen(20);
  const area = liveArea(terminal);
  terminal.write('$ command\n');
  area.draw(['one', 'two', 'three'], '');
  expect(terminal.text()).toEqual(['$ command', 'one', 'two', 'three']);
  area.draw(['1', 'two'], '');
  expect(terminal.text()).toEqual(['$ command', '1', 'two']);
  expect(terminal).toMatchObject({ cursor: false, wrap: true, row: 3, column: 0 });
  area.clear('');
  expect(terminal.text()).toEqual(['$ command']);
  expect(terminal).toMatchObject({ cursor: true, wrap: true, row: 1, column: 0 });
});

test('puts what stays above what is drawn, wrapped where it is long', () => {
  const terminal = screen(10);
  const area = liveArea(terminal);
  area.draw(['one', 'two'], '');
  area.draw(['one', 'three'], 'pulled something\n');
  expect(terminal.text()).toEqual(['pulled som', 'ething', 'one', 'three']);
  area.clear('summary\n');
  expect(terminal.text()).toEqual(['pulled som', 'ething', 'summary']);
});

test.each([{ to: 12 }, { to: 7 }, { to: 5 }])(
  'leaves nothing behind when the terminal becomes $to columns wide',
  ({ to }) => {
    const terminal = screen(20);
    const area = liveArea(terminal);
    terminal.write('$\n');
    area.draw(['a line of 19 columns', 'short', 'of 12 column'], '');
    terminal.narrow(to);
    area.draw(['x', 'y'], '');
    expect(terminal.text()).toEqual(['$', 'x', 'y']);
  },
);

test('takes one row for a line that is wider than the terminal has just become', () => {
  const terminal = screen(10);
  liveArea(terminal).draw(['wider than ten'], '');
  expect(terminal.text()).toEqual(['wider than']);
});

test('makes every change in one write, and none when there is nothing to change', () => {
  const terminal = screen(20);
  const area = liveArea(terminal);
  area.clear('');
  area.draw(['one', 'two'], 'above\n');
  area.clear('below\n');
  area.clear('');
  expect(terminal.writes).toBe(2);
});

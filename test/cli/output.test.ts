import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { writeNote, writeResult } from '../../src/cli/output.js';
import { program } from '../../src/cli/program.js';
import { progressJson } from '../../src/cli/report/progress-json.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Everything that is written while `action` runs, to whichever stream. */
function written(action: () => void): string {
  let text = '';
  const take = (chunk: unknown) => {
    text += String(chunk);
    return true;
  };
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(take),
  );
  try {
    action();
  } finally {
    for (const stream of streams) stream.mockRestore();
  }
  return text;
}

/** A command line that is wrong, with a word from outside in it. */
function parse(word: string): void {
  vi.stubGlobal('BOUND_IMAGES_VERSION', '0.0.0');
  try {
    program(() => undefined).parse([`--x${word}`], { from: 'user' });
  } catch {
    // Its message was written.
  }
}

const colour = /\u001b\[[\d;]*m/g;

test.each<[string, (text: string) => void]>([
  ['a result for a person', (text) => writeResult(text)],
  ['a result for a program', (text) => writeResult({ [text]: [text] })],
  ['a note', (text) => writeNote(text)],
  ['an event', (text) => void progressJson(writeNote, () => new Date(0)).note(text)],
  ['a command line', parse],
])(
  'whatever text is in it, what is written as %s can be seen for what it is',
  { timeout: 60_000 },
  (_, write) => {
    const word = fc.string({ unit: 'binary', minLength: 1 });
    const nasty = fc.constantFrom(
      '\u{e0041}',
      '\u202e',
      '\u001b[2J',
      '\u009b2J',
      '\u3164',
      '\r',
      '\u2028',
      '\ufe0f',
    );
    fc.assert(
      fc.property(word, nasty, (text, character) => {
        const shown = written(() => write(text + character)).replace(colour, '');
        expect(shown.replaceAll('\n', '')).not.toMatch(
          /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u,
        );
      }),
    );
  },
);

import { priorities } from './journal.js';
import type { ProgressDisplay } from './progress-display.js';
import { type Level, type Style, sentenceOf, totals } from './progress-sentences.js';
import { advance, noProgress } from './progress-state.js';

const summaryMs = 10_000;

export interface PlainOutput {
  write(text: string): unknown;
  readonly style: Style;
  /** Whether lines begin with their priority, as the journal reads them. */
  readonly priorities: boolean;
}

/** Progress as lines: one when a pull starts, fails, is tried again or ends, and where all stands every 10 s. */
export function progressPlain(
  output: PlainOutput,
  now: () => number,
  sentences = sentenceOf,
): ProgressDisplay {
  let state = noProgress;
  let timer: NodeJS.Timeout | undefined;
  const say = (level: Level, text: string) =>
    output.write(`${output.priorities ? priorities[level] : ''}${text}\n`);
  const close = () => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    observer: (event) => {
      state = advance(state, event, now());
      const sentence = sentences(event, output.style);
      if (sentence !== null) say(sentence.level, sentence.text);
      if (event.kind === 'summary') close();
      else timer ??= setInterval(() => say('info', totals(state, now()).join(', ')), summaryMs).unref();
    },
    note: (text, level) =>
      output.write(level !== undefined && output.priorities ? `${priorities[level]}${text}` : text),
    close,
  };
}

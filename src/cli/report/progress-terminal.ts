import type { PullEvent } from '../../model/events.js';
import { liveArea, type Terminal } from './live-area.js';
import type { ProgressDisplay } from './progress-display.js';
import { progressFrame } from './progress-frame.js';
import { type Style, sentenceOf } from './progress-sentences.js';
import { advance, noProgress } from './progress-state.js';

const redrawMs = 100;

/**
 * Progress on a terminal: lines that stay for what has ended, and below them live ones for what is going on,
 * drawn ten times a second at most.
 */
export function progressTerminal(
  terminal: Terminal,
  style: Style,
  now: () => number,
  sentences = sentenceOf,
): ProgressDisplay {
  const area = liveArea(terminal);
  let state = noProgress;
  let above = '';
  let shown = '';
  let timer: NodeJS.Timeout | undefined;

  const draw = () => {
    const size = { columns: terminal.columns || 80, rows: terminal.rows || 24 };
    const lines = progressFrame(state, size, now(), style);
    const frame = [size.columns, ...lines].join('\n');
    if (above === '' && frame === shown) return;
    area.draw(lines, above);
    above = '';
    shown = frame;
  };
  const open = () => {
    if (timer !== undefined) return;
    draw();
    timer = setInterval(draw, redrawMs).unref();
    process.once('exit', close);
    process.on('SIGTSTP', suspend);
  };
  const clear = () => {
    area.clear(above);
    above = '';
    shown = '';
  };
  const close = () => {
    clearInterval(timer);
    timer = undefined;
    process.off('exit', close);
    process.off('SIGTSTP', suspend);
    clear();
  };
  // The shell writes where the live lines are, and wants a cursor. When we go on, a tick draws them below.
  const suspend = () => {
    clear();
    process.kill(process.pid, 'SIGSTOP');
  };
  const print = (text: string) => {
    above += text;
    if (timer === undefined) clear();
  };

  return {
    observer: (event) => {
      state = advance(state, event, now());
      const sentence = event.kind === 'start' ? null : sentences(event, style);
      if (sentence !== null) print(`${sentence.text}\n`);
      if (event.kind === 'summary') close();
      else if (isWork(event)) open();
    },
    note: print,
    close,
  };
}

function isWork(event: PullEvent): boolean {
  return event.kind === 'waiting' || event.kind === 'start' || event.kind === 'progress';
}

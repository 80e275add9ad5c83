import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { progressTerminal } from '../../../src/cli/report/progress-terminal.js';
import type { PullEvent } from '../../../src/model/events.js';

const plain = (_format: unknown, text: string) => text;
const plan: PullEvent = {
  kind: 'plan',
  images: 2,
  toPull: 1,
  downloadBytes: 50e6,
  sharedBytesSaved: 20e6,
};
const reference = 'quay.io/example/agent:1';
const start: PullEvent = { kind: 'start', reference, attempt: 1, bytes: 50e6 };
const end: PullEvent = {
  kind: 'end',
  reference,
  state: 'pulled',
  received: 50e6,
  seconds: 4.1,
  attempts: 1,
  error: null,
};
const summary: PullEvent = {
  kind: 'summary',
  origins: [],
  images: 2,
  present: 1,
  pulled: 1,
  failed: 0,
  bytes: 50e6,
  seconds: 5,
  sharedBytesSaved: 20e6,
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function shown() {
  const writes: string[] = [];
  const terminal = { columns: 100, rows: 24, write: (text: string) => writes.push(text) };
  const display = progressTerminal(terminal, plain, () => Date.now());
  return { terminal, writes, ...display };
}

test('draws ten times a second at most, however much happens', () => {
  const { observer, writes, close } = shown();
  for (const event of [plan, start]) observer(event);
  for (let step = 1; step <= 100; step += 1) {
    observer({ kind: 'progress', reference, received: step * 1e5, expected: null });
    observer({ ...end, reference: `other-${step}` });
    vi.advanceTimersByTime(10);
  }
  expect(writes.length).toBeLessThanOrEqual(11);
  close();
});

test('draws nothing while nothing changes, and again when the width does', () => {
  const { observer, terminal, writes, close } = shown();
  observer({ kind: 'waiting', reference, for: null });
  vi.advanceTimersByTime(1000);
  expect(writes).toHaveLength(1);
  terminal.columns = 60;
  vi.advanceTimersByTime(100);
  expect(writes).toHaveLength(2);
  close();
});

test('leaves a line for each image that ended, and the summary as the last one', () => {
  const { observer, writes, note, close } = shown();
  for (const event of [plan, start]) observer(event);
  note('warning: something\n');
  for (const event of [end, summary]) observer(event);
  close();
  vi.advanceTimersByTime(1000);
  expect(writes).toHaveLength(2);
  expect(writes[1]?.replace(/\u001b\[[?\d]*[a-zA-Z]|\r/g, '')).toBe(
    [
      'warning: something',
      'pulled quay.io/example/agent:1 50.0 MB in 4.1 s',
      '2 images: 1 present, 1 pulled; 50.0 MB in 5.0 s, 10.0 MB/s; 20.0 MB saved by sharing layers',
      '',
    ].join('\n'),
  );
  expect(writes[1]?.endsWith('\u001b[?25h')).toBe(false);
  expect(writes[1]).toContain('\u001b[?25h');
});

test('writes notes as they are before anything is pulled, and after', () => {
  const { observer, writes, note, close } = shown();
  observer(plan);
  note('$ podman version\n');
  observer(start);
  close();
  note('stopped\n');
  expect([writes[0], writes.at(-1)]).toEqual(['$ podman version\n', 'stopped\n']);
});

test('listens to the process only while it draws', () => {
  const listeners = () => process.listenerCount('exit') + process.listenerCount('SIGTSTP');
  const before = listeners();
  const { observer, close } = shown();
  observer(start);
  expect(listeners()).toBe(before + 2);
  close();
  expect(listeners()).toBe(before);
});

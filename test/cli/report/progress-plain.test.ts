import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { progressPlain } from '../../../src/cli/report/progress-plain.js';
import type { PullEvent } from '../../../src/model/events.js';

const error = { code: 'connection', kind: 'transient', message: 'connection reset', hint: null } as const;
const [agent, logs] = ['quay.io/example/agent:1', 'quay.io/example/lo\u001bgs:2'];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The lines of a run: a number is that many seconds of it. */
function lines(steps: readonly (PullEvent | number)[], priorities = false): readonly string[] {
  let text = '';
  const style = (_format: unknown, styled: string) => styled;
  const write = (part: string) => {
    text += part;
  };
  const { observer, close } = progressPlain({ write, style, priorities }, () => Date.now());
  for (const step of steps) {
    if (typeof step === 'number') vi.advanceTimersByTime(step * 1000);
    else observer(step);
  }
  close();
  vi.advanceTimersByTime(60_000);
  return text.split('\n').slice(0, -1);
}

const run: readonly (PullEvent | number)[] = [
  { kind: 'plan', images: 3, toPull: 2, downloadBytes: 150e6, sharedBytesSaved: 0 },
  { kind: 'waiting', reference: logs, for: agent },
  { kind: 'start', reference: agent, attempt: 1, bytes: 100e6 },
  6,
  { kind: 'progress', reference: agent, received: 30e6, expected: null },
  5,
  { kind: 'retry', reference: agent, attempt: 1, waitSeconds: 2.5, error },
  { kind: 'start', reference: agent, attempt: 2, bytes: 70e6 },
  { kind: 'end', reference: agent, state: 'pulled', received: 100e6, seconds: 65, attempts: 2, error: null },
  { kind: 'end', reference: logs, state: 'failed', received: 0, seconds: 1, attempts: 3, error },
  {
    kind: 'summary',
    origins: [
      { kind: 'registry', name: 'quay.io', bytes: 70e6 },
      { kind: 'kept', name: null, bytes: 30e6 },
    ],
    images: 3,
    present: 1,
    pulled: 1,
    failed: 1,
    bytes: 100e6,
    seconds: 66,
    sharedBytesSaved: null,
  },
  60,
];

const expected = [
  ['<6>', 'pulling quay.io/example/agent:1, 100 MB'],
  ['<6>', '0 of 2 images, 30.0 MB of 150 MB, 3.0 MB/s, about 0:40 left'],
  ['<4>', 'retry quay.io/example/agent:1: attempt 1 failed, the next one in 2.5 s: connection reset'],
  ['<6>', 'pulling quay.io/example/agent:1, attempt 2, 70.0 MB'],
  ['<6>', 'pulled quay.io/example/agent:1 100 MB in 1:05, 2 attempts'],
  ['<3>', 'failed quay.io/example/lo\\x1bgs:2 after 3 attempts: connection reset'],
  [
    '<6>',
    '3 images: 1 present, 1 pulled, 1 failed; 100 MB in 1:06, 1.5 MB/s: 70.0 MB from quay.io, 30.0 MB kept from an earlier run',
  ],
];

test('has a line for what starts, fails and ends, and one every ten seconds', () => {
  expect(lines(run)).toEqual(expected.map(([, text]) => text));
});

test('puts the priority of a warning in front of what else is said', () => {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text), style: (_: unknown, text: string) => text };
  for (const priorities of [true, false]) {
    const { note } = progressPlain({ ...output, priorities }, () => 0);
    note('an image is missing\n', 'warning');
    note('$ podman info\n');
  }
  expect(written).toEqual([
    '<4>an image is missing\n',
    '$ podman info\n',
    'an image is missing\n',
    '$ podman info\n',
  ]);
});

test('puts its priority in front of each line for the journal', () => {
  expect(lines(run, true)).toEqual(expected.map(([priority, text]) => `${priority}${text}`));
});

test('stays silent after it was closed without a summary', () => {
  expect(lines(run.slice(0, 3))).toEqual(['pulling quay.io/example/agent:1, 100 MB']);
});

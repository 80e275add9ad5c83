import { expect, test } from 'vitest';
import { progressJson } from '../../../src/cli/report/progress-json.js';
import type { PullEvent } from '../../../src/model/events.js';
import { progressProblem } from '../../support/schemas.js';

const now = () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678));

function collected() {
  const texts: string[] = [];
  const write = (text: string) => {
    // What is an event is one as the schema says it.
    if (text.startsWith('{')) expect(progressProblem(JSON.parse(text))).toBeNull();
    return texts.push(text);
  };
  return { texts, write };
}

test('writes an event as one line of JSON with its time', () => {
  const { texts, write } = collected();
  const { observer } = progressJson(write, now);
  observer({ kind: 'progress', reference: 'r.io/a\n:1', received: 5, expected: null });
  expect(texts).toEqual([
    '{"schemaVersion":1,"time":"2026-01-02T03:04:05.678Z","kind":"progress","reference":"r.io/a\\n:1","received":5,"expected":null}\n',
  ]);
});

test('makes an event of a note, without its colours, so that every line is JSON', () => {
  const { texts, write } = collected();
  progressJson(write, now).note('\u001b[33mwarning\u001b[39m a\n  b\n');
  expect(texts.map((text) => JSON.parse(text))).toEqual([
    { schemaVersion: 1, time: '2026-01-02T03:04:05.678Z', kind: 'note', text: 'warning a\n  b' },
  ]);
});

test('leaves notes alone when events go elsewhere', () => {
  const [events, notes] = [collected(), collected()];
  progressJson(events.write, now, notes.write).note('warning\n');
  expect([events.texts, notes.texts]).toEqual([[], ['warning\n']]);
});

test('says of a failure whether trying again may help', () => {
  const { texts, write } = collected();
  const error = { code: 'no-space', kind: 'local', message: 'full', hint: null } as const;
  progressJson(write, now).observer({
    kind: 'end',
    reference: 'r.io/a:1',
    state: 'failed',
    received: 0,
    seconds: 1,
    attempts: 1,
    error,
  });
  expect(JSON.parse(texts.join('')).error).toEqual({
    code: 'no-space',
    transient: false,
    message: 'full',
    hint: null,
  });
});

const reference = 'r.io/a:1';
const failure = { code: 'connection', kind: 'transient', message: 'reset', hint: null } as const;
const events: { readonly [K in PullEvent['kind']]: Extract<PullEvent, { kind: K }> } = {
  plan: { kind: 'plan', images: 2, toPull: 1, downloadBytes: null, sharedBytesSaved: 0 },
  waiting: { kind: 'waiting', reference, for: null, on: 'podman' },
  start: { kind: 'start', reference, attempt: 1, bytes: 5 },
  progress: { kind: 'progress', reference, received: 5, expected: null, estimated: true },
  retry: { kind: 'retry', reference, attempt: 1, waitSeconds: 0.5, error: failure },
  end: { kind: 'end', reference, state: 'failed', received: 0, seconds: 1, attempts: 2, error: failure },
  summary: {
    kind: 'summary',
    images: 2,
    present: 1,
    pulled: 0,
    failed: 1,
    bytes: 5,
    origins: [{ kind: 'kept', name: null, bytes: 5 }],
    seconds: 1.5,
    sharedBytesSaved: null,
  },
};

test.each(Object.entries(events))('writes what its schema says: %s', (kind, event) => {
  const { texts, write } = collected();
  progressJson(write, now).observer(event);
  expect(texts.map((text) => JSON.parse(text).kind)).toEqual([kind]);
});

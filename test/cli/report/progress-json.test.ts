import { expect, test } from 'vitest';
import { progressJson } from '../../../src/cli/report/progress-json.js';

const now = () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678));

function collected() {
  const texts: string[] = [];
  return { texts, write: (text: string) => texts.push(text) };
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

import { fstatSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { observerFor } from '../../src/cli/observer.js';
import { diagnose } from '../../src/diagnostic/diagnose.js';
import { nowhere } from '../../src/diagnostic/place.js';
import type { OperationEvent } from '../../src/model/events.js';

const start = { kind: 'start', reference: 'r.io/a:1', attempt: 1, bytes: null } as const;
const warning = diagnose('not-proved', nowhere, { images: 1, problem: 'it lies elsewhere' });
const events: readonly OperationEvent[] = [
  { kind: 'note', level: 'info', text: 'waiting for r.io' },
  { kind: 'note', level: 'warning', text: 'removed an image' },
  { kind: 'findings', diagnostics: [warning] },
  { kind: 'command', commandLine: ['podman', 'info'] },
  { kind: 'request', request: 'GET https://r.io/v2/a/manifests/1' },
  start,
];

describe('without a display, a warning', () => {
  test.each([
    { name: 'has its priority in the journal', isJournal: true, said: '<4>removed an image\n' },
    { name: 'has none elsewhere', isJournal: false, said: 'removed an image\n' },
  ])('$name', ({ isJournal, said }) => {
    const { dev, ino } = fstatSync(process.stderr.fd, { bigint: true });
    vi.stubEnv('JOURNAL_STREAM', isJournal ? `${dev}:${ino}` : `${dev}:${ino}0`);
    const written: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    observerFor({ format: 'human', quiet: false, verbose: false })({
      kind: 'note',
      level: 'warning',
      text: 'removed an image',
    });
    expect(written.join('')).toBe(said);
  });
});

test.each([
  { name: 'shows what happens', options: {}, notes: ['waiting for r.io', 'removed an image', 'warning'] },
  {
    name: 'hides what is no fault from who wants quiet',
    options: { quiet: true },
    notes: ['removed an image'],
  },
  {
    name: 'also shows the programs that are started, and the requests, to who asks for them',
    options: { verbose: true },
    notes: [
      'waiting for r.io',
      'removed an image',
      'warning',
      '$ podman info',
      '> GET https://r.io/v2/a/manifests/1',
    ],
  },
  {
    name: 'leaves findings to a result that has them',
    options: { format: 'json' as const },
    notes: ['waiting for r.io', 'removed an image'],
  },
])('$name', ({ options, notes }) => {
  const shown: string[] = [];
  const progress: OperationEvent[] = [];
  const observe = observerFor(
    { format: 'human', quiet: false, verbose: false, ...options },
    { note: (text) => shown.push(text), observer: (event) => progress.push(event) },
  );
  for (const event of events) observe(event);
  expect(shown.map((text) => text.split('\n')[0]?.replace(/^warning .*/, 'warning'))).toEqual(notes);
  expect(shown.every((text) => text.endsWith('\n'))).toBe(true);
  expect(progress).toEqual([start]);
});

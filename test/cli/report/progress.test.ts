import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isJournal } from '../../../src/cli/report/journal.js';
import {
  beforeResult,
  isLive,
  isOneScreen,
  progressFor,
  withoutEmptyRuns,
} from '../../../src/cli/report/progress.js';
import type { PullEvent } from '../../../src/model/events.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'progress-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

test.each([
  { name: 'draws live on a terminal', isTTY: true, env: { TERM: 'xterm-256color' }, live: true },
  { name: 'draws live when CI is empty', isTTY: true, env: { TERM: 'xterm', CI: '' }, live: true },
  { name: 'writes lines where there is no terminal', isTTY: false, env: { TERM: 'xterm' }, live: false },
  { name: 'writes lines on a dumb terminal', isTTY: true, env: { TERM: 'dumb' }, live: false },
  { name: 'writes lines in CI', isTTY: true, env: { TERM: 'xterm', CI: 'true' }, live: false },
])('$name', ({ isTTY, env, live }) => {
  expect(isLive(isTTY, env)).toBe(live);
});

test('takes a descriptor for the journal only when it is the one that systemd named', () => {
  const fd = openSync(join(directory, 'stderr'), 'w');
  const { dev, ino } = fstatSync(fd);
  expect(
    [`${dev}:${ino}`, `${dev}:${ino + 1}`, '', undefined].map((stream) => isJournal(fd, stream)),
  ).toEqual([true, false, false, false]);
  closeSync(fd);
  expect(isJournal(fd, `${dev}:${ino}`)).toBe(false);
});

test('writes JSON to the descriptor that was asked for, quiet or not', async () => {
  const path = join(directory, 'events.json');
  const fd = openSync(path, 'w');
  const { observer, close } = await progressFor('json', { quiet: true, fd });
  observer({ kind: 'start', reference: 'r.io/a', attempt: 1, bytes: null });
  observer({ kind: 'progress', reference: 'r.io/a', received: 1, expected: null });
  close();
  await vi.waitFor(() => expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3));
  closeSync(fd);
});

test('refuses a descriptor that is not open, and one of Node’s own', async () => {
  const fds = readdirSync('/proc/self/fd').map(Number);
  const own = fds.filter((fd) => linkOf(fd).startsWith('anon_inode:'));
  expect(own).not.toEqual([]);
  for (const fd of [987_654, ...own]) {
    await expect(progressFor('json', { quiet: false, fd })).rejects.toThrow(
      expect.objectContaining({ code: 'usage', message: `file descriptor ${fd} is not open` }),
    );
  }
});

test.each(['auto', 'plain', 'none'] as const)(
  'refuses a descriptor for progress of the kind %s',
  async (kind) => {
    await expect(progressFor(kind, { quiet: false, fd: 2 })).rejects.toThrow(
      expect.objectContaining({
        code: 'usage',
        message: `--progress-fd is for JSON lines, not for --progress ${kind}`,
      }),
    );
  },
);

function linkOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // The one that listed the directory is closed by now.
    return '';
  }
}

test.each([
  { name: 'both on a terminal', given: {}, one: true },
  { name: 'the result in a pipe', given: { stdout: false }, one: false },
  { name: 'progress in a pipe', given: { stderr: false }, one: false },
  { name: 'nothing shown', given: { quiet: true }, one: false },
  { name: 'progress as JSON', given: { progress: 'json' as const }, one: false },
  { name: 'a result as JSON', given: { format: 'json' }, one: false },
])('progress and result are read in one place or not: $name', ({ given, one }) => {
  const { stdout = true, stderr = true, ...options } = given as { stdout?: boolean; stderr?: boolean };
  vi.stubGlobal('process', { ...process, stdout: { isTTY: stdout }, stderr: { isTTY: stderr } });
  expect(isOneScreen({ format: 'human', quiet: false, progress: 'auto', ...options })).toBe(one);
  vi.unstubAllGlobals();
});

test('before a result on the same terminal, failures and the sum are left to it', () => {
  const error = { code: 'connection', kind: 'transient', message: 'reset', hint: null } as const;
  const end = { kind: 'end', reference: 'r.io/a', received: 1, seconds: 1, attempts: 1 } as const;
  const sums = {
    images: 1,
    present: 0,
    pulled: 1,
    failed: 0,
    bytes: 1,
    origins: [],
    seconds: 1,
    sharedBytesSaved: 0,
  };
  const said = [
    { ...end, state: 'failed', error } as const,
    { kind: 'summary', ...sums } as const,
    { ...end, state: 'pulled', error: null } as const,
  ].map((event) => beforeResult(event, (_, text) => text)?.text ?? null);
  expect(said).toEqual([null, null, 'pulled r.io/a 1 B in 1.0 s']);
});

describe('a run that pulls nothing', () => {
  const none = { downloadBytes: 0, sharedBytesSaved: 0, images: 2 };
  const summary = { ...none, kind: 'summary', present: 2, pulled: 0, failed: 0, bytes: 0 } as const;
  const events = (toPull: number): readonly PullEvent[] => [
    { ...none, kind: 'plan', toPull },
    { kind: 'start', reference: 'quay.io/example/a:1', attempt: 1, bytes: null },
    { ...summary, origins: [], seconds: 0 },
  ];

  test.each([
    { toPull: 0, shown: ['start'] },
    { toPull: 1, shown: ['plan', 'start', 'summary'] },
  ])('has no plan and no summary for people: $toPull', ({ toPull, shown }) => {
    const seen: string[] = [];
    const display = withoutEmptyRuns({
      observer: ({ kind }) => seen.push(kind),
      note: () => undefined,
      close: () => undefined,
    });
    for (const event of events(toPull)) display.observer(event);
    expect(seen).toEqual(shown);
  });
});

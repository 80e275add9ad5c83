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
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isJournal } from '../../../src/cli/report/journal.js';
import { isLive, progressFor } from '../../../src/cli/report/progress.js';

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
  const { observer, close } = progressFor('json', { quiet: true, fd });
  observer({ kind: 'start', reference: 'r.io/a', attempt: 1, bytes: null });
  observer({ kind: 'progress', reference: 'r.io/a', received: 1, expected: null });
  close();
  await vi.waitFor(() => expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3));
  closeSync(fd);
});

test('refuses a descriptor that is not open, and one of Node’s own', () => {
  const fds = readdirSync('/proc/self/fd').map(Number);
  const own = fds.filter((fd) => linkOf(fd).startsWith('anon_inode:'));
  expect(own).not.toEqual([]);
  for (const fd of [987_654, ...own]) {
    expect(() => progressFor('json', { quiet: false, fd })).toThrow(
      expect.objectContaining({ code: 'usage', message: `file descriptor ${fd} is not open` }),
    );
  }
});

test.each(['auto', 'plain', 'none'] as const)('refuses a descriptor for progress of the kind %s', (kind) => {
  expect(() => progressFor(kind, { quiet: false, fd: 2 })).toThrow(
    expect.objectContaining({
      code: 'usage',
      message: `--progress-fd is for JSON lines, not for --progress ${kind}`,
    }),
  );
});

function linkOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // The one that listed the directory is closed by now.
    return '';
  }
}

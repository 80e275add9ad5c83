import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type LockWait, lockStore } from '../../src/state/store-lock.js';
import { flockArguments } from '../../src/tools/process/flock.js';
import { makeTree, symlink } from '../support/tree.js';

const { signal } = new AbortController();
const now: LockWait = { signal, limitMs: 0 };

async function lock(store: string) {
  const taken = await lockStore(store, now);
  if (taken.kind === 'held') throw new Error('the lock is held');
  onTestFinished(() => taken.release());
  return taken;
}

const us = {
  pid: process.pid,
  command: process.argv.slice(1).join(' '),
  since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
};

describe('the lock of a store', () => {
  test('is held by one at a time, who says who it is', async () => {
    const store = makeTree({});
    const { release } = await lock(store);
    expect(await lockStore(store, now)).toEqual({ kind: 'held', holder: us });
    release();
    await lock(store);
  });

  test('names what it is told to name, and no arguments then', async () => {
    const store = makeTree({});
    const taken = await lockStore(store, { ...now, command: 'installer' });
    expect(await lockStore(store, now)).toEqual({ kind: 'held', holder: { ...us, command: 'installer' } });
    if (taken.kind === 'locked') taken.release();
  });

  test('is another for another store', async () => {
    const store = makeTree({ 'a/x': '', 'b/x': '' });
    await lock(join(store, 'a'));
    await lock(join(store, 'b'));
    expect(await lockStore(join(store, 'b/'), now)).toMatchObject({ kind: 'held' });
  });

  test('is one for all paths to a store, which need not exist', async () => {
    const top = makeTree({ 'disk/x': '', link: symlink('disk') });
    await lock(join(top, 'link/new/store'));
    for (const path of ['disk/new/store/', 'link/../disk/new/store', 'link/new/store'])
      expect(await lockStore(join(top, path), now)).toEqual({ kind: 'held', holder: us });
  });

  test('removes what a process that was killed had begun to write', async () => {
    const store = makeTree({ 'bound-images/.unflushed.5ea411fd9a12.tmp': '{', 'bound-images/other.tmp': '' });
    await lock(store);
    expect(readdirSync(join(store, 'bound-images')).sort()).toEqual(['lock', 'other.tmp']);
  });

  test('is not given up twice', async () => {
    const store = makeTree({});
    const { release } = await lock(store);
    release();
    const next = await lock(store);
    release();
    expect(await lockStore(store, now)).toEqual({ kind: 'held', holder: us });
    next.release();
  });

  test('leaves a file that only this user can open, and thus lock', async () => {
    const store = makeTree({});
    (await lock(store)).release();
    const file = join(store, 'bound-images/lock');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe('');
    expect(readdirSync(join(store, 'bound-images'))).toEqual(['lock']);
  });

  test('is taken whatever a holder that died has left in the file', async () => {
    const store = makeTree({ 'bound-images/lock': 'x'.repeat(100_000) });
    await lock(store);
    expect(await lockStore(store, now)).toEqual({ kind: 'held', holder: us });
  });
});

describe('waiting', () => {
  test('ends when the lock is released, and said who holds it', async () => {
    const store = makeTree({});
    const { release } = await lock(store);
    const onWait = vi.fn(() => {
      setTimeout(release, 50);
    });
    const second = await lockStore(store, { signal, limitMs: 60_000, onWait });
    expect(second.kind).toBe('locked');
    expect(onWait.mock.calls).toEqual([[us]]);
    if (second.kind === 'locked') second.release();
  });

  test.each([{ limitMs: 0 }, { limitMs: 150 }])('ends after $limitMs ms', async ({ limitMs }) => {
    const store = makeTree({});
    await lock(store);
    const onWait = vi.fn();
    const startedAt = performance.now();
    expect(await lockStore(store, { signal, limitMs, onWait })).toEqual({ kind: 'held', holder: us });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(limitMs);
    // A slow machine may use the time up before there is a wait.
    expect(onWait.mock.calls.length).toBeLessThanOrEqual(limitMs === 0 ? 0 : 1);
  });

  test.each([{ limitMs: 60_000 }, { limitMs: Infinity }])(
    'of at most $limitMs ms ends with the signal',
    async ({ limitMs }) => {
      const store = makeTree({});
      const { release } = await lock(store);
      const controller = new AbortController();
      const wait = {
        signal: controller.signal,
        limitMs,
        onWait: () => {
          setTimeout(() => controller.abort(), 50);
        },
      };
      expect(await lockStore(store, wait)).toEqual({ kind: 'held', holder: us });
      release();
      await lock(store);
    },
  );

  test('does not begin after the signal', async () => {
    const store = makeTree({});
    await lock(store);
    const onWait = vi.fn();
    const aborted = { signal: AbortSignal.abort(), limitMs: Infinity, onWait };
    expect(await lockStore(store, aborted)).toEqual({ kind: 'held', holder: us });
    expect(onWait).not.toHaveBeenCalled();
  });

  test('for a file that was removed meanwhile ends with the lock of the new one', async () => {
    const store = makeTree({});
    const first = await lock(store);
    const onWait = vi.fn(() => {
      rmSync(join(store, 'bound-images'), { recursive: true });
      setTimeout(first.release, 50);
    });
    const second = await lockStore(store, { signal, limitMs: 60_000, onWait });
    expect(second.kind).toBe('locked');
    expect(onWait).toHaveBeenCalledTimes(1);
    expect(await lockStore(store, now)).toEqual({ kind: 'held', holder: us });
    if (second.kind === 'locked') second.release();
  });
});

test.each([
  { name: 'is half written', content: '{"pid":12,"comm' },
  { name: 'is empty', content: '' },
  { name: 'has wrong types', content: '{"pid":"12","command":"x","since":"2026-03-01T10:00:00Z"}' },
])('a holder whose note $name is unknown', async ({ content }) => {
  const store = makeTree({});
  await lock(store);
  writeFileSync(join(store, 'bound-images/lock'), content);
  expect(await lockStore(store, now)).toEqual({ kind: 'held', holder: null });
});

test.each([
  { name: 'below a file', make: (store: string) => writeFileSync(join(store, 'bound-images'), '') },
  {
    name: 'in the place of a directory',
    make: (store: string) => mkdirSync(join(store, 'bound-images/lock'), { recursive: true }),
  },
  {
    name: 'behind a link',
    make: (store: string) => {
      mkdirSync(join(store, 'bound-images'), { recursive: true });
      symlinkSync(join(store, 'elsewhere'), join(store, 'bound-images/lock'));
    },
  },
])('is refused $name', async ({ make }) => {
  const store = makeTree({});
  make(store);
  await expect(lockStore(store, now)).rejects.toMatchObject({
    code: 'state',
    message: expect.stringContaining('bound-images/lock cannot be opened: '),
  });
  expect(readdirSync(store)).toEqual(['bound-images']);
});

test('says which package is missing without flock', async () => {
  vi.stubEnv('PATH', makeTree({}));
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  await expect(lockStore(makeTree({}), now)).rejects.toMatchObject({
    code: 'tool-missing',
    hint: 'install the package util-linux',
  });
});

test.each([
  { waitMs: 0, args: ['--exclusive', '--nonblock'] },
  { waitMs: -5, args: ['--exclusive', '--nonblock'] },
  { waitMs: 0.2, args: ['--exclusive', '--timeout', '0.001'] },
  { waitMs: 90_500, args: ['--exclusive', '--timeout', '90.500'] },
  { waitMs: Infinity, args: ['--exclusive'] },
])('asks flock to wait $waitMs ms', ({ waitMs, args }) => {
  expect(flockArguments(waitMs)).toEqual(args);
});

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { flockArguments } from '../../src/process/flock.js';
import { type LockWait, lockStore } from '../../src/state/store-lock.js';
import { makeTree } from '../support/tree.js';

const { signal } = new AbortController();
const now: LockWait = { signal, limitMs: 0 };

async function lock(state: string, store = '') {
  const taken = await lockStore(state, store, now);
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
    const state = makeTree({});
    const { release } = await lock(state);
    expect(await lockStore(state, '', now)).toEqual({ kind: 'held', holder: us });
    release();
    await lock(state);
  });

  test('is another for another store', async () => {
    const state = makeTree({ 'a/x': '', 'b/x': '' });
    await lock(state);
    await lock(state, join(state, 'a'));
    await lock(state, join(state, 'b'));
    expect(await lockStore(state, join(state, 'b/'), now)).toMatchObject({ kind: 'held' });
  });

  test('is not given up twice', async () => {
    const state = makeTree({});
    const { release } = await lock(state);
    release();
    const next = await lock(state);
    release();
    expect(await lockStore(state, '', now)).toEqual({ kind: 'held', holder: us });
    next.release();
  });

  test('leaves a file that only this user can open, and thus lock', async () => {
    const state = makeTree({});
    (await lock(state)).release();
    const file = join(state, 'stores/default/lock');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe('');
    expect(readdirSync(join(state, 'stores/default'))).toEqual(['lock']);
  });

  test('is taken whatever a holder that died has left in the file', async () => {
    const state = makeTree({ 'stores/default/lock': 'x'.repeat(100_000) });
    await lock(state);
    expect(await lockStore(state, '', now)).toEqual({ kind: 'held', holder: us });
  });
});

describe('waiting', () => {
  test('ends when the lock is released, and said who holds it', async () => {
    const state = makeTree({});
    const { release } = await lock(state);
    const onWait = vi.fn(() => {
      setTimeout(release, 50);
    });
    const second = await lockStore(state, '', { signal, limitMs: 60_000, onWait });
    expect(second.kind).toBe('locked');
    expect(onWait.mock.calls).toEqual([[us]]);
    if (second.kind === 'locked') second.release();
  });

  test.each([{ limitMs: 0 }, { limitMs: 150 }])('ends after $limitMs ms', async ({ limitMs }) => {
    const state = makeTree({});
    await lock(state);
    const onWait = vi.fn();
    const startedAt = performance.now();
    expect(await lockStore(state, '', { signal, limitMs, onWait })).toEqual({ kind: 'held', holder: us });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(limitMs);
    expect(onWait).toHaveBeenCalledTimes(limitMs === 0 ? 0 : 1);
  });

  test.each([{ limitMs: 60_000 }, { limitMs: Infinity }])(
    'of at most $limitMs ms ends with the signal',
    async ({ limitMs }) => {
      const state = makeTree({});
      const { release } = await lock(state);
      const controller = new AbortController();
      const wait = {
        signal: controller.signal,
        limitMs,
        onWait: () => {
          setTimeout(() => controller.abort(), 50);
        },
      };
      expect(await lockStore(state, '', wait)).toEqual({ kind: 'held', holder: us });
      release();
      await lock(state);
    },
  );

  test('does not begin after the signal', async () => {
    const state = makeTree({});
    await lock(state);
    const onWait = vi.fn();
    const aborted = { signal: AbortSignal.abort(), limitMs: Infinity, onWait };
    expect(await lockStore(state, '', aborted)).toEqual({ kind: 'held', holder: us });
    expect(onWait).not.toHaveBeenCalled();
  });

  test('for a file that was removed meanwhile ends with the lock of the new one', async () => {
    const state = makeTree({});
    const first = await lock(state);
    const onWait = vi.fn(() => {
      rmSync(join(state, 'stores'), { recursive: true });
      setTimeout(first.release, 50);
    });
    const second = await lockStore(state, '', { signal, limitMs: 60_000, onWait });
    expect(second.kind).toBe('locked');
    expect(onWait).toHaveBeenCalledTimes(1);
    expect(await lockStore(state, '', now)).toEqual({ kind: 'held', holder: us });
    if (second.kind === 'locked') second.release();
  });
});

test.each([
  { name: 'is half written', content: '{"pid":12,"comm' },
  { name: 'is empty', content: '' },
  { name: 'has wrong types', content: '{"pid":"12","command":"x","since":"2026-03-01T10:00:00Z"}' },
])('a holder whose note $name is unknown', async ({ content }) => {
  const state = makeTree({});
  await lock(state);
  writeFileSync(join(state, 'stores/default/lock'), content);
  expect(await lockStore(state, '', now)).toEqual({ kind: 'held', holder: null });
});

test.each([
  { name: 'below a file', make: (state: string) => writeFileSync(join(state, 'stores'), '') },
  {
    name: 'in the place of a directory',
    make: (state: string) => mkdirSync(join(state, 'stores/default/lock'), { recursive: true }),
  },
  {
    name: 'behind a link',
    make: (state: string) => {
      mkdirSync(join(state, 'stores/default'), { recursive: true });
      symlinkSync(join(state, 'elsewhere'), join(state, 'stores/default/lock'));
    },
  },
])('is refused $name', async ({ make }) => {
  const state = makeTree({});
  make(state);
  await expect(lockStore(state, '', now)).rejects.toMatchObject({
    code: 'state',
    message: expect.stringContaining('stores/default/lock cannot be opened: '),
  });
  expect(readdirSync(state)).toEqual(['stores']);
});

test('says which package is missing without flock', async () => {
  vi.stubEnv('PATH', makeTree({}));
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  await expect(lockStore(makeTree({}), '', now)).rejects.toMatchObject({
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

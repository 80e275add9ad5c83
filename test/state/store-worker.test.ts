import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lockFileOf, lockStore } from '../../src/state/store-lock.js';
import { storeWorker } from '../../src/state/store-worker.js';
import { firstPidNamespace, pidNamespace } from '../../src/tools/process/boot-id.js';
import { makeTree } from '../support/tree.js';

const { signal } = new AbortController();

async function lock(store: string) {
  const taken = await lockStore(store, { signal, limitMs: 0 });
  if (taken.kind === 'held') throw new Error('the lock is held');
  onTestFinished(() => taken.release());
  return taken;
}

/** What a process has written that has, or had, the lock. */
function say(store: string, { pid, namespace }: { readonly pid: number; readonly namespace?: string }): void {
  const said = { pid, command: 'bound-images stage', since: '2026-03-01T10:00:00.000Z' };
  const text = JSON.stringify(namespace === undefined ? said : { ...said, pidNamespace: namespace });
  mkdirSync(join(store, 'bound-images'), { recursive: true });
  writeFileSync(lockFileOf(store), text);
}

/** A number that no process has: the kernel gives none above that. */
const nobody = 2 ** 22 + 1;

describe('who works on a store', () => {
  test('is told by who has its lock', async () => {
    const store = makeTree({});
    const { release } = await lock(store);
    const holder = {
      pid: process.pid,
      command: process.argv.slice(1).join(' '),
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    };
    expect(storeWorker(store)).toEqual({ kind: 'busy', holder });
    expect(storeWorker(join(store, '.'))).toEqual({ kind: 'busy', holder });
    release();
    expect(storeWorker(store)).toEqual({ kind: 'none' });
  });

  test('is nobody in a store that has never had a lock, and none is made', () => {
    const store = makeTree({});
    expect(storeWorker(join(store, 'absent'))).toEqual({ kind: 'none' });
    expect(storeWorker(store)).toEqual({ kind: 'none' });
    expect(readdirSync(store)).toEqual([]);
  });

  test('is found without its word', async () => {
    const store = makeTree({});
    await lock(store);
    for (const said of ['', '{"pid":12,"comm']) {
      writeFileSync(lockFileOf(store), said);
      expect(storeWorker(store)).toEqual({ kind: 'busy', holder: null });
    }
  });

  test('is not who has said so and was killed', async () => {
    const store = makeTree({});
    await lock(store);
    say(store, { pid: nobody, namespace: pidNamespace() });
    expect(storeWorker(store)).toEqual({ kind: 'busy', holder: null });
  });

  test('is nobody once the one that has said so is gone, or another process has its number', () => {
    const store = makeTree({});
    for (const pid of [nobody, process.pid, process.ppid]) {
      say(store, { pid, namespace: pidNamespace() });
      expect(storeWorker(store)).toEqual({ kind: 'none' });
    }
  });

  test('is nobody who only waits', async () => {
    const store = makeTree({});
    (await lock(store)).release();
    const waiting = openSync(lockFileOf(store), 'r+');
    onTestFinished(() => closeSync(waiting));
    expect(storeWorker(store)).toEqual({ kind: 'none' });
  });

  test('is not known where it may be a process of another PID namespace', () => {
    const store = makeTree({});
    for (const pid of [nobody, process.pid]) {
      say(store, { pid, namespace: '2' });
      expect(storeWorker(store, '1')).toEqual({ kind: 'unknown', reason: expect.stringContaining(`${pid}`) });
      // From the first one it would be seen.
      expect(storeWorker(store, firstPidNamespace)).toEqual({ kind: 'none' });
    }
    // As before it was said.
    say(store, { pid: nobody });
    expect(storeWorker(store, '1')).toMatchObject({ kind: 'unknown' });
  });

  test.each([
    {
      name: 'where a directory is in its place',
      make: (path: string) => mkdirSync(path, { recursive: true }),
    },
    { name: 'behind a link', make: (path: string) => symlinkSync('/etc/hostname', path) },
  ])('is not known $name', ({ make }) => {
    const store = makeTree({ 'bound-images/x': '' });
    make(lockFileOf(store));
    expect(storeWorker(store)).toEqual({
      kind: 'unknown',
      reason: expect.stringContaining('bound-images/lock cannot be read: '),
    });
  });
});

describe('a look at who works on a store', () => {
  test('leaves every byte as it is', () => {
    const store = makeTree({});
    say(store, { pid: nobody, namespace: pidNamespace() });
    const before = readFileSync(lockFileOf(store), 'utf8');
    storeWorker(store);
    expect(readFileSync(lockFileOf(store), 'utf8')).toBe(before);
    expect(readdirSync(join(store, 'bound-images'))).toEqual(['lock']);
  });

  test('keeps nobody from the lock, however often', async () => {
    const store = makeTree({});
    let [isDone, looks] = [false, 0];
    const probe = (async () => {
      while (!isDone) {
        storeWorker(store);
        looks += 1;
        await new Promise(setImmediate);
      }
    })();
    const kinds: string[] = [];
    for (let turn = 0; turn < 40; turn += 1) {
      const taken = await lockStore(store, { signal, limitMs: 0 });
      kinds.push(taken.kind);
      if (taken.kind === 'locked') taken.release();
    }
    isDone = true;
    await probe;
    expect(kinds).toEqual(Array.from({ length: 40 }, () => 'locked'));
    expect(looks).toBeGreaterThan(40);
  });
});

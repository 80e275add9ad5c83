import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { OperationEvent } from '../../src/model/events.js';
import type { PullOutcome } from '../../src/model/outcome.js';
import { openSession } from '../../src/operations/store-session.js';
import { lockFileOf } from '../../src/state/store-lock.js';
import type { Podman } from '../../src/tools/podman/podman.js';
import { findProgram } from '../../src/tools/process/find-program.js';
import { plannedImage } from '../support/planned-image.js';
import { makeTree } from '../support/tree.js';

const { signal } = new AbortController();
/** Of which nothing else is asked. */
function podmanOn(store: string): Podman {
  return { graphRoot: async () => store, home: async () => store } as unknown as Podman;
}

/** A session of the store, what it tells, and what it writes past that. */
async function open(store: string, wait = 0) {
  const events: OperationEvent[] = [];
  const write = vi.spyOn(process.stderr, 'write');
  onTestFinished(() => write.mockRestore());
  const observe = (event: OperationEvent) => events.push(event);
  const session = await openSession({ wait }, podmanOn(store), signal, observe);
  onTestFinished(session.release);
  return { session, events, write };
}

/** Has every flock recorded, and counts those that were told to wait, without limit. */
function recordWaits(): () => number {
  const tree = makeTree({ asked: '' });
  const script = `#!/bin/sh\necho "$*" >>'${tree}/asked'\nexec '${findProgram('flock')}' "$@"\n`;
  writeFileSync(join(tree, 'flock'), script, { mode: 0o755 });
  vi.stubEnv('PATH', `${tree}:${process.env.PATH}`);
  return () => readFileSync(join(tree, 'asked'), 'utf8').match(/^--exclusive 0$/gm)?.length ?? 0;
}

const pulled: PullOutcome = {
  planned: plannedImage('quay.io/x/app:1'),
  state: 'pulled',
  digest: `sha256:${'a'.repeat(64)}`,
  id: 'a1',
  bytes: 1,
  attempts: 1,
  seconds: 1,
  error: null,
};

describe('a session of a store', () => {
  test('remembers what was pulled until it is removed', async () => {
    const store = makeTree({ 'overlay-images/a1/manifest': '{}' });
    const { session, events } = await open(store);
    const image = { name: 'quay.io/x/app:1', id: 'a1', digest: pulled.digest };
    session.record([pulled], new Set());
    expect(session.pulled()).toMatchObject({ images: [image], damage: null });
    session.forget([{ id: 'a1', pulledAs: ['quay.io/x/app:1'] }]);
    expect(session.pulled().images).toEqual([]);
    expect(events).toEqual([]);
  });

  test.each([
    { name: 'had been there before', outcome: pulled, before: new Set(['a1']) },
    { name: 'failed', outcome: { ...pulled, state: 'failed' as const }, before: new Set<string>() },
    { name: 'nobody knows whether it had been there', outcome: pulled, before: null },
  ])('does not take for its own what $name', async ({ outcome, before }) => {
    const { session } = await open(makeTree({ 'overlay-images/a1/manifest': '{}' }));
    session.record([outcome], before);
    expect(session.pulled().images).toEqual([]);
  });

  test.each([
    { name: 'by the name in full of a short one', names: ['quay.io/x/app:1'], recorded: ['quay.io/x/app:1'] },
    { name: 'not at all where that may be one of two', names: ['quay.io/app:1', 'b.io/app:1'], recorded: [] },
  ])('remembers what was pulled $name', async ({ names, recorded }) => {
    const { session } = await open(makeTree({ 'overlay-images/a1/manifest': '{}' }));
    const planned = plannedImage('app:1', { shortNames: { stored: names, pulled: names } });
    session.record([{ ...pulled, planned }], new Set());
    expect(session.pulled().images.map(({ name }) => name)).toEqual(recorded);
  });

  test('tells that it cannot remember what was pulled, and writes nothing itself', async () => {
    const store = makeTree({ 'overlay-images/a1/manifest': '{}' });
    const { session, events, write } = await open(store);
    rmSync(join(store, 'bound-images'), { recursive: true });
    writeFileSync(join(store, 'bound-images'), '');
    session.record([pulled], new Set());
    expect(events).toEqual([
      {
        kind: 'note',
        level: 'warning',
        text: expect.stringMatching(/^warning: prune will leave what was pulled alone, .*\S$/),
      },
    ]);
    expect(write).not.toHaveBeenCalled();
  });

  test('tells whom it waits for, and once', async () => {
    const store = makeTree({});
    const { session: first } = await open(store);
    const waits = recordWaits();
    const stop = new AbortController();
    const events: OperationEvent[] = [];
    const observe = (event: OperationEvent) => events.push(event);
    const waiting = openSession({ wait: Infinity }, podmanOn(store), stop.signal, observe);
    const ended = expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitFor(() => expect(waits()).toBe(1), { timeout: 30_000 });
    // Whoever gets a lock whose file was removed meanwhile has to wait once more.
    rmSync(lockFileOf(store));
    await open(store);
    first.release();
    await vi.waitFor(() => expect(waits()).toBe(2), { timeout: 30_000 });
    stop.abort();
    await ended;
    const text = expect.stringMatching(/^waiting for another bound-images \(process \d+, .*\)$/);
    expect(events).toEqual([{ kind: 'note', level: 'warning', text }]);
  });

  test('is refused while another process works on the store', async () => {
    const store = makeTree({});
    await open(store);
    await expect(open(store)).rejects.toMatchObject({ code: 'busy' });
  });

  test('remembers elsewhere what it does in a store that is somebody else’s', async () => {
    const [store, home] = [makeTree({}), makeTree({})];
    const podman = { ...podmanOn(store), home: async () => home };
    const session = await openSession({}, podman, signal, () => undefined);
    session.release();
    expect(existsSync(join(home, 'bound-images/lock'))).toBe(true);
    expect(existsSync(join(store, 'bound-images'))).toBe(false);
    expect(session.pulled()).toEqual({ images: [], damage: null });
  });
});

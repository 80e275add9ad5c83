import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nowhere } from '../../src/diagnostic/place.js';
import type { Failure } from '../../src/model/failure.js';
import type { Payload } from '../../src/model/payload.js';
import { type PayloadTaking, payloadStore, type WantedPayload } from '../../src/state/payloads.js';
import { makeTree } from '../support/tree.js';

const id = 'os-1.0';
const { signal } = new AbortController();
const digest = `sha256:${'a'.repeat(64)}`;
const kernel = wanted('kernel/vmlinuz');
const extension = wanted('extensions/agent');
const both = [kernel, extension];

function wanted(as: string, fields: Partial<Payload> = {}, of: Partial<WantedPayload> = {}): WantedPayload {
  const payload: Payload = {
    source: { kind: 'path', path: `/${as}` },
    as,
    maxBytes: 1000,
    mode: undefined,
    digest: undefined,
    place: nowhere,
    ...fields,
  };
  return { reference: 'quay.io/x/os:1', digest, payload, ...of };
}

/** Extensions are directories, everything else is a file. `absent` are those that cannot be taken. */
function taking(absent: readonly string[] = [], unfit: readonly string[] = []) {
  const taken: string[] = [];
  const failure = (message: string): Failure => ({ code: 'unknown', kind: 'permanent', message, hint: null });
  const how: PayloadTaking = {
    room: async () => undefined,
    take: async ({ payload: { as } }, to) => {
      taken.push(as);
      if (absent.includes(as)) return failure('it is not there');
      if (as.startsWith('extensions/')) {
        mkdirSync(join(to, 'usr/empty'), { recursive: true });
        writeFileSync(join(to, 'usr/tool'), 'tool', { mode: 0o755 });
        symlinkSync('tool', join(to, 'usr/link'));
      } else writeFileSync(to, 'content', { mode: 0o644 });
      return undefined;
    },
    judge: () => new Map(unfit.map((as) => [as, failure('unfit')])),
  };
  return { how, taken };
}

function newStore() {
  const state = makeTree({});
  const store = payloadStore(state);
  const at = (path: string) => join(state, 'payloads', id, path);
  const complete = async (payloads: readonly WantedPayload[], { how, taken } = taking()) => {
    const outcomes = await store.complete(id, payloads, how, signal);
    return { states: outcomes.map((each) => each.state), outcomes, taken };
  };
  const look = async (payloads: readonly WantedPayload[], proof: 'content' | 'structure' = 'content') =>
    (await store.look(id, payloads, proof, signal)).map(({ problem }) => problem);
  return { state, store, at, complete, look };
}

describe('completing', () => {
  test('what was taken is there, recorded, and not taken again', async () => {
    const { state, at, complete, look } = newStore();
    expect(await complete(both)).toMatchObject({
      states: ['taken', 'taken'],
      outcomes: [{ bytes: 7 }, { bytes: 4 }],
    });
    expect(await complete(both)).toMatchObject({ states: ['present', 'present'], taken: [] });
    expect(await look(both)).toEqual([null, null]);
    expect(readFileSync(at('kernel/vmlinuz'), 'utf8')).toBe('content');
    const record = JSON.parse(readFileSync(join(state, 'payloads', `${id}.json`), 'utf8'));
    const sha256 = `sha256:${createHash('sha256').update('content').digest('hex')}`;
    expect(record.payloads[0]).toMatchObject({
      reference: 'quay.io/x/os:1',
      digest,
      source: { kind: 'path', path: '/kernel/vmlinuz' },
      as: 'kernel/vmlinuz',
      files: [{ path: '', type: 'file', size: 7, mode: 0o644, digest: sha256 }],
    });
    const files = record.payloads[1].files;
    expect(files.map(({ path }: { path: string }) => path)).toEqual([
      '',
      'usr',
      'usr/empty',
      'usr/link',
      'usr/tool',
    ]);
  });

  test('only what is wanted stays, and nothing of a run that was killed', async () => {
    const { at, complete } = newStore();
    await complete(both);
    mkdirSync(at('extensions/.agent.0123456789ab.tmp/usr'), { recursive: true });
    writeFileSync(at('.vmlinuz.0123456789ab.tmp'), 'half');
    await complete([extension]);
    expect(readdirSync(at('.'))).toEqual(['extensions']);
    expect(readdirSync(at('extensions'))).toEqual(['agent']);
    await complete([]);
    expect(existsSync(at('.'))).toBe(false);
  });

  test.each([
    ['another image', wanted('kernel/vmlinuz', {}, { digest: `sha256:${'b'.repeat(64)}` })],
    ['another reference', wanted('kernel/vmlinuz', {}, { reference: 'quay.io/x/os:2' })],
    ['another file', wanted('kernel/vmlinuz', { source: { kind: 'title', title: 'x' } })],
    ['another mode', wanted('kernel/vmlinuz', { mode: 0o600 })],
    ['a smaller limit', wanted('kernel/vmlinuz', { maxBytes: 6 })],
    ['another digest', wanted('kernel/vmlinuz', { digest: `sha256:${'0'.repeat(64)}` })],
  ])('what comes of %s is taken anew', async (_, other) => {
    const { complete, look } = newStore();
    await complete([kernel]);
    expect(await look([other])).toEqual([expect.any(String)]);
    expect((await complete([other])).taken).toEqual(['kernel/vmlinuz']);
  });

  test('what cannot be taken is not there, and the others are', async () => {
    const { at, complete, look } = newStore();
    const { states, outcomes } = await complete(both, taking(['extensions/agent']));
    expect(states).toEqual(['taken', 'failed']);
    expect(outcomes[1]?.error?.message).toBe('it is not there');
    expect(await look(both)).toEqual([null, 'was not taken']);
    expect(existsSync(at('extensions/agent'))).toBe(false);
  });

  test('what is not for the deployment does not stay', async () => {
    const { at, complete, look } = newStore();
    expect((await complete(both, taking([], ['extensions/agent']))).states).toEqual(['taken', 'failed']);
    expect(await look(both)).toEqual([null, 'was not taken']);
    expect(existsSync(at('extensions/agent'))).toBe(false);
  });

  test('nothing is said of an image that is not there, and what was taken of it stays', async () => {
    const { complete, look } = newStore();
    await complete([kernel]);
    const without = both.map((each) => ({ ...each, digest: null }));
    expect(await complete(without)).toMatchObject({ states: ['present'], taken: [] });
    expect(await look(both)).toEqual([null, 'was not taken']);
  });

  test('a damaged record proves nothing and is kept aside', async () => {
    const { state, complete, look } = newStore();
    await complete([kernel]);
    writeFileSync(join(state, 'payloads', `${id}.json`), '{');
    expect(await look([kernel])).toEqual([expect.stringContaining('cannot be proved')]);
    expect((await complete([kernel])).states).toEqual(['taken']);
    expect(readdirSync(join(state, 'payloads'))).toEqual([id, `${id}.json`, `${id}.json.damaged-1`]);
  });

  test('where there is no room for all, nothing is taken, and what is there stays', async () => {
    const { complete, look } = newStore();
    await complete([kernel]);
    const { how, taken } = taking();
    const asked: (readonly string[])[] = [];
    const room: PayloadTaking['room'] = async (missing) => {
      asked.push(missing.map(({ payload }) => payload.as));
      return { code: 'no-space', kind: 'local', message: 'it is full', hint: null };
    };
    const { states, outcomes } = await complete(both, { how: { ...how, room }, taken });
    const there = both.map(({ payload }) => payload.as === kernel.payload.as);
    expect(states).toEqual(there.map((isThere) => (isThere ? 'present' : 'failed')));
    expect(outcomes.flatMap(({ error }) => error?.code ?? [])).toEqual(['no-space']);
    expect(asked).toEqual([both.flatMap(({ payload: { as } }) => (as === kernel.payload.as ? [] : as))]);
    expect(taken).toEqual([]);
    expect(await look(both)).toEqual(there.map((isThere) => (isThere ? null : 'was not taken')));
    // Nothing is asked where all is there.
    await complete([kernel], { how: { ...how, room }, taken });
    expect(asked).toHaveLength(1);
  });

  test('once stopped it takes no more, and half of it is not recorded', async () => {
    const { store, look } = newStore();
    const stop = new AbortController();
    const { how } = taking();
    const take: PayloadTaking['take'] = async (...args) => {
      stop.abort();
      return await how.take(...args);
    };
    await expect(store.complete(id, both, { ...how, take }, stop.signal)).rejects.toThrow();
    expect(await look(both)).toEqual(['was not taken', 'was not taken']);
  });
});

describe('looking', () => {
  test.each<[string, (at: (path: string) => string) => void, RegExp]>([
    ['a file is gone', (at) => rmSync(at('kernel/vmlinuz')), /is missing/],
    ['a file is cut', (at) => writeFileSync(at('kernel/vmlinuz'), 'cont'), /has 4 bytes, and 7 were taken/],
    ['a mode is another', (at) => chmodSync(at('kernel/vmlinuz'), 0o755), /has the mode 0755, and had 0644/],
    [
      'a file in a directory is gone',
      (at) => rmSync(at('extensions/agent/usr/tool')),
      /usr\/tool is missing/,
    ],
    ['a file was added', (at) => writeFileSync(at('extensions/agent/usr/x'), ''), /usr\/x was not taken/],
    [
      'a link leads elsewhere',
      (at) => {
        rmSync(at('extensions/agent/usr/link'));
        symlinkSync('loot', at('extensions/agent/usr/link'));
      },
      /usr\/link has other content/,
    ],
    [
      'a file became a link',
      (at) => {
        rmSync(at('kernel/vmlinuz'));
        symlinkSync('/etc/passwd', at('kernel/vmlinuz'));
      },
      /it is a link, and was a file/,
    ],
  ])('%s', async (_, change, problem) => {
    const { at, complete, look } = newStore();
    await complete(both);
    change(at);
    for (const proof of ['content', 'structure'] as const)
      expect((await look(both, proof)).filter((each) => each !== null)).toEqual([
        expect.stringMatching(problem),
      ]);
  });

  test('other bytes of the same length are found where files are read', async () => {
    const { at, complete, look } = newStore();
    await complete([kernel]);
    writeFileSync(at('kernel/vmlinuz'), 'CONTENT');
    expect(await look([kernel])).toEqual([expect.stringContaining('other content')]);
    expect(await look([kernel], 'structure')).toEqual([null]);
  });
});

test('every deployment that has payloads is listed, and what is strange besides', async () => {
  const { state, store, complete } = newStore();
  expect(store.all()).toEqual({ deployments: [], damaged: [] });
  await complete(both);
  const top = join(state, 'payloads');
  mkdirSync(join(top, 'mine'));
  writeFileSync(join(top, 'os-2.0.json'), 'x');
  mkdirSync(join(top, 'os-2.0'));
  const { deployments, damaged } = store.all();
  expect(deployments).toEqual([{ deployment: id, directory: join(top, id), bytes: 11 }]);
  expect(damaged.map(({ file }) => file)).toEqual(
    ['os-2.0.json', 'mine', 'os-2.0'].map((name) => join(top, name)),
  );
  store.remove(id);
  expect(readdirSync(top)).toEqual(['mine', 'os-2.0', 'os-2.0.json']);
});

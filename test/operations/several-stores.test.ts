import { expect, test } from 'vitest';
import type { OperationEvent, SummaryEvent } from '../../src/model/events.js';
import { imageKey } from '../../src/model/image-key.js';
import type { StoreName } from '../../src/model/store-name.js';
import type { Bound } from '../../src/operations/read-root.js';
import { type OneStore, severalStores } from '../../src/operations/several-stores.js';
import { plannedImage, resolvedImage } from '../support/planned-image.js';

const { signal } = new AbortController();
const roots = {} as Bound['roots'];
const app = { ...resolvedImage('quay.io/x/app:1'), store: 'bootc' } as const;
const tool = resolvedImage('quay.io/x/tool:1');

const summary: SummaryEvent = {
  kind: 'summary',
  images: 1,
  present: 0,
  pulled: 1,
  failed: 0,
  bytes: 10,
  origins: [{ kind: 'registry', name: 'quay.io', bytes: 10 }],
  seconds: 1,
  sharedBytesSaved: 0,
};

/** Stores that pull all that they are asked for, and what was done with them. */
function world(refuses?: StoreName, breaks?: StoreName) {
  const calls: string[] = [];
  const events: OperationEvent[] = [];
  const open = async (name: StoreName): Promise<OneStore> => {
    if (name === refuses) throw new Error(`${name} is not there`);
    calls.push(`open ${name}`);
    return {
      home: `/home/${name}`,
      complete: async ({ images }, _, observe, next) => {
        const names = images.map(({ image }) => image.reference.text);
        calls.push(`pull ${names.join(' ')} into ${name}`);
        if (next !== undefined) calls.push(`keep ${[...next.keys]} in ${next.home}`);
        if (name === breaks) throw new Error(`${name} is broken`);
        observe({ kind: 'plan', images: 1, toPull: 1, downloadBytes: 10, sharedBytesSaved: 0 });
        observe(summary);
        const outcomes = images.map((resolved) => ({
          planned: { ...plannedImage(resolved.image.reference.text), resolved },
          state: 'pulled' as const,
          digest: null,
          id: null,
          bytes: 10,
          attempts: 1,
          seconds: 1,
          error: null,
        }));
        return { outcomes, diagnostics: [], storedIds: new Set([name]), origins: summary.origins };
      },
      record: (outcomes, ids) =>
        void calls.push(`record ${outcomes.length} in ${name}, had ${[...(ids ?? [])]}`),
      lease: () => void calls.push(`lease in ${name}`),
      release: () => void calls.push(`release ${name}`),
    };
  };
  const openAll = (...wanted: readonly StoreName[]) =>
    severalStores(open, wanted, (event) => void events.push(event), signal);
  return { calls, events, openAll };
}

test('each store gets its images, one store after the other, and remembers its own', async () => {
  const { calls, openAll } = world();
  const store = await openAll('bootc', 'podman');
  const pulled = await store.complete({ roots, images: [tool, app] }, signal);
  expect(pulled.outcomes.map(({ planned }) => planned.resolved)).toEqual([app, tool]);
  expect(pulled.origins).toEqual([{ kind: 'registry', name: 'quay.io', bytes: 20 }]);
  store.record(pulled.outcomes, pulled.storedIds);
  store.release();
  expect(calls).toEqual([
    'open bootc',
    'open podman',
    'pull quay.io/x/app:1 into bootc',
    'pull quay.io/x/tool:1 into podman',
    'record 1 in bootc, had bootc',
    'record 1 in podman, had podman',
    'release bootc',
    'release podman',
  ]);
});

test('what both stores get is kept for the second one, where that looks for it', async () => {
  const { calls, openAll } = world();
  const images = [app, { ...app, store: 'podman' }, tool] as const;
  await (await openAll('bootc', 'podman')).complete({ roots, images }, signal);
  expect(calls.slice(2)).toEqual([
    'pull quay.io/x/app:1 into bootc',
    `keep ${imageKey(app.image)} in /home/podman`,
    'pull quay.io/x/app:1 quay.io/x/tool:1 into podman',
  ]);
});

test('is told as one run: a plan that grows, and one summary', async () => {
  const { events, openAll } = world();
  await (await openAll('podman')).complete({ roots, images: [app, tool] }, signal);
  expect(events).toMatchObject([
    { kind: 'plan', images: 1, downloadBytes: 10 },
    { kind: 'plan', images: 2, downloadBytes: 20 },
    { kind: 'summary', images: 2, pulled: 2, bytes: 20, origins: [{ bytes: 20 }] },
  ]);
});

test('nothing is pulled into the one while the other is not there', async () => {
  const { calls, events, openAll } = world('bootc');
  const store = await openAll('podman');
  await expect(store.complete({ roots, images: [tool, app] }, signal)).rejects.toThrow('bootc is not there');
  expect(calls).toEqual(['open podman']);
  expect(events).toEqual([]);
  // Where nothing goes into it, it is not missed.
  await store.complete({ roots, images: [tool] }, signal);
  expect(calls).toEqual(['open podman', 'pull quay.io/x/tool:1 into podman']);
});

test('what has come into the one is remembered when the other fails', async () => {
  const { calls, events, openAll } = world(undefined, 'podman');
  const store = await openAll('bootc', 'podman');
  await expect(store.complete({ roots, images: [app, tool] }, signal)).rejects.toThrow('podman is broken');
  expect(calls).toContain('record 1 in bootc, had bootc');
  expect(events.at(-1)).toMatchObject({ kind: 'summary', images: 1, pulled: 1 });
});

test('what was opened is released when another cannot be', async () => {
  const { calls, openAll } = world('podman');
  await expect(openAll('bootc', 'podman')).rejects.toThrow('podman is not there');
  expect(calls).toEqual(['open bootc', 'release bootc']);
});

import { expect, test } from 'vitest';
import { BoundImagesError } from '../../src/model/error.js';
import type { OperationEvent } from '../../src/model/events.js';
import { type PullPorts, pull } from '../../src/operations/pull.js';
import { makeTree, type TreeSpec } from '../support/tree.js';

const dropIns = 'usr/lib/bound-images.d';
const two = { [`${dropIns}/a.toml`]: 'images = ["quay.io/example/a:1", "quay.io/example/b:1"]\n' };
const plan = { kind: 'plan', toPull: 0, downloadBytes: 0, sharedBytesSaved: 0 };
const summary = { kind: 'summary', present: 0, pulled: 0, bytes: 0, origins: [] };

const openStore: PullPorts['openStore'] = async () => {
  throw new BoundImagesError('busy', 'another one is at work');
};

/** What a run tells of its progress when the store cannot be opened. */
async function progressOf(tree: TreeSpec): Promise<readonly OperationEvent[]> {
  const events: OperationEvent[] = [];
  const root = makeTree(tree);
  const clock = { now: () => new Date(0), monotonicMs: () => 0 };
  const { signal } = new AbortController();
  await pull(
    { root, currentRoot: null, keepGoing: false, signal },
    {
      ...{ openStore, clock },
      openPayloads: async () => await Promise.reject(new Error('nothing is taken')),
      payloadShortage: () => undefined,
      payloads: { complete: async () => [] },
      observe: (event) => events.push(event),
    },
  ).catch((error: unknown) => expect(error).toBeInstanceOf(BoundImagesError));
  return events.filter(({ kind }) => kind === 'plan' || kind === 'summary');
}

test.each([
  { name: 'binds nothing', tree: { [`${dropIns}/none.toml`]: '' }, images: 0 },
  { name: 'is invalid', tree: { ...two, [`${dropIns}/wrong.toml`]: 'image = 1\n' }, images: 2 },
  { name: 'has a store that cannot be opened', tree: two, images: 2 },
])('a run has a plan and a summary, once each, where the root $name', async ({ tree, images }) => {
  expect(await progressOf(tree)).toEqual([
    { ...plan, images },
    { ...summary, images, failed: images, seconds: 0, sharedBytesSaved: 0 },
  ]);
});

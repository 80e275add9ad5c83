import { expect, test } from 'vitest';
import { keptTwice } from '../../src/pull/kept-twice.js';

const mib = 1024 * 1024;

function world(sizes: Readonly<Record<string, number>>, mostBytes: number, writeOut = async () => undefined) {
  const released: string[] = [];
  const failures: unknown[] = [];
  const relay = {
    received: (digest: string) => sizes[digest] ?? 0,
    release: (digest: string) => void released.push(digest),
  };
  const kept = keptTwice(relay, mostBytes, writeOut, (error) => failures.push(error));
  return { kept, released, failures };
}

test('a layer that would not outlive a power cut goes at once, but one that others may ask for just now', async () => {
  const { kept, released } = world({ tiny: 100, small: mib, large: 9 * mib }, 100 * mib);
  kept.add(['tiny', 'small', 'large']);
  await kept.settled();
  expect(released).toEqual(['small']);
});

test('more than there is room for goes once it is written out, and what comes meanwhile stays', async () => {
  const { kept, released } = world({ one: 9 * mib, two: 9 * mib, three: 9 * mib }, 15 * mib);
  kept.add(['one']);
  await kept.settled();
  expect(released).toEqual([]);
  kept.add(['two']);
  kept.add(['three']);
  await kept.settled();
  expect(released).toEqual(['one', 'two']);
});

test('what cannot be written out stays, and the run is told', async () => {
  const error = new Error('the disk is gone');
  const { kept, released, failures } = world({ one: 9 * mib }, mib, () => Promise.reject(error));
  kept.add(['one']);
  await kept.settled();
  expect([released, failures]).toEqual([[], [error]]);
});

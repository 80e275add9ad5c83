import { expect, test } from 'vitest';
import { BoundImagesError } from '../../../src/model/error.js';
import { type Patience, patiently, saysBusy } from '../../../src/tools/podman/busy-store.js';

test.each([
  // Recorded from podman 5.4 and 5.8.
  'beginning transaction: database is locked',
  // Of podman issues 17859, 20809, 10225 and 23492, and of libpod's sources.
  'switching journal to WAL mode: database is locked',
  'failed to get new shm lock manager: failed to create 2048 locks in /libpod_lock: file exists',
  'fork/exec /usr/bin/crun: resource temporarily unavailable',
  'container 994e9ba4224c does not exist in database: no such container',
  'determining buildah container for container e06c37be6a8d: container not known',
])('a store is busy: %s', (message) => {
  expect(saysBusy(message)).toBe(true);
});

test.each([
  'failed to get new shm lock manager: failed to create 2048 locks in /libpod_lock: no such file or directory',
  'locating item named "manifest" for image with ID "a" (consider removing the image to resolve the issue): file does not exist',
  'layer not known',
  'quay.io/x/y:1: image not known',
  'database configuration mismatch',
  'open /var/lib/containers/storage/db.sql: permission denied',
])('no waiting helps: %s', (message) => {
  expect(saysBusy(message)).toBe(false);
});

const busy = () => new BoundImagesError('store-busy', 'podman cannot list its images: database is locked');

/** Time that passes in waits alone; `waits` are theirs in milliseconds. */
function virtualPatience(askMs = 0) {
  const waits: number[] = [];
  let time = 0;
  const patience: Patience = {
    pause: async (ms, signal) => {
      signal?.throwIfAborted();
      waits.push(ms);
      time += ms;
    },
    random: () => 0,
    now: () => time,
  };
  return { patience, waits, take: () => (time += askMs) };
}

test('asks until it gets an answer', async () => {
  const { patience, waits } = virtualPatience();
  let asked = 0;
  const ask = async () => {
    asked += 1;
    if (asked < 4) throw busy();
    return 'answer';
  };
  expect(await patiently(ask, undefined, patience)).toBe('answer');
  expect(waits).toEqual([125, 250, 500]);
});

test('gives up after a few times, with what podman said last', async () => {
  const { patience, waits } = virtualPatience();
  const errors: Error[] = [];
  const ask = () => {
    errors.push(busy());
    return Promise.reject(errors.at(-1));
  };
  const given = await patiently(ask, undefined, patience).catch((error: unknown) => error);
  expect(given).toBe(errors.at(-1));
  expect(waits).toEqual([125, 250, 500, 1000, 2000]);
});

test('does not ask again what podman has waited for itself', async () => {
  const { patience, waits, take } = virtualPatience(100_000);
  const ask = async () => {
    take();
    throw busy();
  };
  await expect(patiently(ask, undefined, patience)).rejects.toMatchObject({ code: 'store-busy' });
  expect(waits).toEqual([]);
});

test('asks once where nothing passes', async () => {
  const { patience, waits } = virtualPatience();
  const ask = () => Promise.reject(new BoundImagesError('store', 'no'));
  await expect(patiently(ask, undefined, patience)).rejects.toThrow('no');
  expect(waits).toEqual([]);
});

test('a wait ends with the signal, and the reason is that of the store', async () => {
  const stop = new AbortController();
  const { patience } = virtualPatience();
  const pause: Patience['pause'] = async (ms, signal) => {
    stop.abort();
    await patience.pause(ms, signal);
  };
  let asked = 0;
  const ask = () => {
    asked += 1;
    return Promise.reject(busy());
  };
  const waiting = patiently(ask, stop.signal, { ...patience, pause });
  await expect(waiting).rejects.toMatchObject({ code: 'store-busy' });
  expect(asked).toBe(1);
});

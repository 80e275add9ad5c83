import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { bodyOf, bytesOf, found, handWritten, openRig, type Rig } from './relay-rig.js';

const mib = 1024 * 1024;
const bytes = bytesOf(2 * mib);

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(1);
}

function asked(rig: Rig): readonly string[] {
  return rig.events.filter((event) => event.startsWith('asked'));
}

test('without room a blob passes through memory, and nothing of it is kept', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  const reading = rig.getBlob(digest);
  await until(() => asked(rig).length === 1);
  const fetching = rig.fetch(digest, { isKept: false });
  expect(bytes.equals((await (await reading).body()) as Buffer)).toBe(true);
  expect(await fetching).toEqual({ kind: 'complete' });
  expect(existsSync(rig.directory)).toBe(false);
  expect(rig.relay.received(digest)).toBe(0);
});

test('the registry waits for the reader of what passes', async () => {
  const rig = await openRig();
  const large = bytesOf(10 * mib);
  const digest = rig.add(large);
  const body = bodyOf(large, mib);
  rig.answers.push(() => found(large, 0, body));
  const fetching = rig.fetch(digest, { isKept: false });
  await until(() => body.isPaused());
  expect(rig.relay.received(digest)).toBe(8 * mib);
  await sleep(20);
  expect(rig.relay.received(digest)).toBe(8 * mib);
  expect(large.equals((await (await rig.getBlob(digest)).body()) as Buffer)).toBe(true);
  expect(await fetching).toEqual({ kind: 'complete' });
});

test('a second reader of what passes is served once it is fetched once more', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  const readers = [rig.getBlob(digest), rig.getBlob(digest)];
  await until(() => asked(rig).length === 2);
  const fetching = rig.fetch(digest, { isKept: false });
  const first = await Promise.race(readers);
  expect(bytes.equals((await first.body()) as Buffer)).toBe(true);
  expect(await fetching).toEqual({ kind: 'complete' });
  await until(() => asked(rig).length === 3);
  const again = rig.fetch(digest, { isKept: false });
  const others = await Promise.all(readers);
  const second = others.find((each) => each !== first);
  expect(bytes.equals((await second?.body()) as Buffer)).toBe(true);
  expect(await again).toEqual({ kind: 'complete' });
});

test('when its reader has gone, what passed begins anew for the next', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  const body = handWritten();
  rig.answers.push(() => found(bytes, 0, body));
  const reading = rig.getBlob(digest);
  await until(() => asked(rig).length === 1);
  const fetching = rig.fetch(digest, { isKept: false });
  body.push(bytes.subarray(0, mib));
  const { response } = await reading;
  await until(() => rig.relay.received(digest) === mib);
  response.destroy();
  expect(await fetching).toMatchObject({
    kind: 'failed',
    failure: { code: 'interrupted', kind: 'transient' },
  });
  expect(rig.relay.received(digest)).toBe(0);
  const next = rig.getBlob(digest);
  await until(() => asked(rig).length === 2);
  const again = rig.fetch(digest, { isKept: false });
  expect(bytes.equals((await (await next).body()) as Buffer)).toBe(true);
  expect(await again).toEqual({ kind: 'complete' });
});

test('what passes goes on behind what is kept, and where a connection was cut', async () => {
  const first = await openRig();
  const digest = first.add(bytes);
  const cut = bodyOf(bytes.subarray(0, mib / 2));
  cut.on('end', () => cut.destroy());
  first.answers.push(() => found(bytes, 0, cut));
  expect(await first.fetch(digest)).toMatchObject({ kind: 'failed' });
  await first.relay.close();

  const rig = await openRig({ directory: first.directory });
  rig.add(bytes);
  const hand = handWritten();
  rig.answers.push(({ from }) => found(bytes, from, hand));
  const reading = rig.getBlob(digest);
  await until(() => asked(rig).length === 1);
  const fetching = rig.fetch(digest, { isKept: false });
  hand.push(bytes.subarray(mib / 2, mib));
  const body = (await reading).body();
  hand.destroy();
  expect(await fetching).toMatchObject({ kind: 'failed', failure: { code: 'connection' } });
  const again = rig.fetch(digest, { isKept: false });
  expect(bytes.equals((await body) as Buffer)).toBe(true);
  expect(await again).toEqual({ kind: 'complete' });
  expect(rig.asked.map(({ from }) => from)).toEqual([mib / 2, mib]);
  expect(rig.relay.received(digest)).toBe(mib / 2);
});

test('what has passed up to the last byte before a cut stays until its reader has it', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  const hand = handWritten();
  rig.answers.push(() => found(bytes, 0, hand));
  const fetching = rig.fetch(digest, { isKept: false });
  hand.push(bytes);
  await until(() => rig.relay.received(digest) === bytes.length);
  hand.destroy();
  expect(await fetching).toMatchObject({ kind: 'failed', failure: { code: 'connection' } });
  const again = rig.fetch(digest, { isKept: false });
  expect(bytes.equals((await (await rig.getBlob(digest)).body()) as Buffer)).toBe(true);
  expect(await again).toEqual({ kind: 'complete' });
  expect(rig.asked.length).toBe(1);
});

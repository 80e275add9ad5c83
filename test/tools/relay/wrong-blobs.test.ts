import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { bodyOf, bytesOf, failed, found, handWritten, openRig } from './relay-rig.js';

const bytes = bytesOf(1_200_000);

test.each([
  ['more', 1_200_001, 'oversized'],
  ['less', 1_199_999, 'corrupt'],
])('a registry that says %s than the manifest is not believed', async (_, size, code) => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  const body = bodyOf(bytes);
  rig.answers.push(() => ({ ...found(bytes, 0, body), size, length: size }));
  expect(await rig.fetch(digest)).toMatchObject({ kind: 'failed', failure: { code, kind: 'permanent' } });
  expect(body.destroyed).toBe(true);
  expect(rig.relay.received(digest)).toBe(0);
});

test('no more is taken than the manifest says', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  const body = bodyOf(bytesOf(3_000_000));
  rig.answers.push(() => ({ ...found(bytes, 0, body), size: null, length: null }));
  expect(await rig.fetch(digest)).toMatchObject({
    kind: 'failed',
    failure: { code: 'oversized', kind: 'permanent' },
  });
  expect(rig.relay.received(digest)).toBeLessThanOrEqual(bytes.length);
  expect(body.destroyed).toBe(true);
});

test('a body that ends too early may be asked for again', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  const short = bodyOf(bytes.subarray(0, 1_100_000));
  rig.answers.push(() => ({ ...found(bytes, 0, short), size: null, length: null }));
  expect(await rig.fetch(digest)).toMatchObject({ kind: 'failed', failure: { kind: 'transient' } });
  expect(await rig.fetch(digest)).toEqual({ kind: 'complete' });
  expect(bytes.equals((await (await rig.getBlob(digest)).body()) as Buffer)).toBe(true);
  expect(rig.asked.map(({ from }) => from)).toEqual([0, 1_100_000]);
});

test.each([true, false])('a blob of which nobody knows the size (the registry does: %s)', async (isSaid) => {
  const rig = await openRig();
  const digest = rig.add(bytes, { size: null });
  const hand = handWritten();
  rig.answers.push(() => ({ ...found(bytes, 0, hand), ...(isSaid ? {} : { size: null, length: null }) }));
  const reading = rig.getBlob(digest);
  const fetching = rig.fetch(digest);
  hand.push(bytes.subarray(0, 100));
  const { headers, body } = await reading;
  expect(headers['content-length']).toBe(isSaid ? String(bytes.length) : undefined);
  hand.push(bytes.subarray(100));
  hand.push(null);
  expect(bytes.equals((await body()) as Buffer)).toBe(true);
  expect(await fetching).toEqual({ kind: 'complete' });
  expect((await rig.getBlob(digest)).headers['content-length']).toBe(String(bytes.length));
});

test.each([
  [17, 1_200_000],
  [1_200_000, 17],
])('when manifests say %i and %i for one blob, the registry is asked', async (one, other) => {
  const rig = await openRig();
  const digest = rig.add(bytes, { size: one });
  rig.add(bytes, { size: other });
  expect(await rig.fetch(digest)).toEqual({ kind: 'complete' });
});

test.each([
  [failed(404, 'permanent'), true, null],
  [{ ...failed(429), waitMs: 7000 }, false, 7000],
  [failed(503), false, null],
])('what the registry says is told: %o', async (answer, isGone, waitMs) => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  rig.answers.push(() => answer);
  const { failure } = answer;
  expect(await rig.fetch(digest)).toEqual({ kind: 'failed', failure, isGone, waitMs });
});

test('a fetch stops at once, and its answer is closed', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  const stop = new AbortController();
  const late = handWritten();
  rig.answers.push(async () => {
    await sleep(5);
    return found(bytes, 0, late);
  });
  const fetching = rig.fetch(digest, { signal: stop.signal });
  stop.abort();
  expect(await fetching).toEqual({ kind: 'stopped' });
  expect(await rig.fetch(digest, { signal: stop.signal })).toEqual({ kind: 'stopped' });
  const again = rig.fetch(digest);
  await expect(rig.fetch(digest)).rejects.toThrow('already');
  expect(await again).toEqual({ kind: 'complete' });
  await sleep(10);
  expect(late.destroyed).toBe(true);
  expect(rig.asked[0]?.signal.aborted).toBe(true);
});

test('a reader that goes away takes nothing with it', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  const hand = handWritten();
  rig.answers.push(() => found(bytes, 0, hand));
  const fetching = rig.fetch(digest);
  hand.push(bytes.subarray(0, 1000));
  const gone = await rig.getBlob(digest);
  const stays = (await rig.getBlob(digest)).body();
  gone.response.destroy();
  await sleep(5);
  hand.push(bytes.subarray(1000));
  hand.push(null);
  expect(bytes.equals((await stays) as Buffer)).toBe(true);
  expect(await fetching).toEqual({ kind: 'complete' });
});

test('what was released stays for those who read it', async () => {
  const rig = await openRig();
  const digest = rig.add(bytesOf(9_000_000));
  await rig.fetch(digest);
  const { response } = await rig.getBlob(digest);
  rig.relay.release(digest);
  const pieces: Buffer[] = [];
  response.on('data', (piece) => pieces.push(piece));
  await new Promise((resolve) => response.on('close', resolve));
  expect(bytesOf(9_000_000).equals(Buffer.concat(pieces))).toBe(true);
  expect(rig.relay.received(digest)).toBe(0);
});

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { bytesOf, digestOf, failed, found, getFrom, handWritten, openRig, origin } from './relay-rig.js';

const sizes = [1, 1000, 1024 * 1024 - 1, 1024 * 1024, 3_000_000];

test.each(sizes)('a blob of %i bytes is fetched once, whoever reads it', async (length) => {
  const rig = await openRig();
  const bytes = bytesOf(length);
  const digest = rig.add(bytes);
  const readers = Array.from({ length: 6 }, () => rig.getBlob(digest));
  while (rig.events.length < 6) await sleep(1);
  expect(rig.events).toEqual(Array(6).fill(`asked ${digest}`));
  expect(await rig.fetch(digest)).toEqual({ kind: 'complete' });
  for (const reader of [...readers, rig.getBlob(digest)]) {
    const { status, headers, body } = await reader;
    expect(status).toBe(200);
    expect(headers['content-length']).toBe(String(length));
    expect(headers['docker-content-digest']).toBe(digest);
    expect(bytes.equals((await body()) as Buffer)).toBe(true);
  }
  expect(rig.asked).toHaveLength(1);
  expect(rig.relay.received(digest)).toBe(length);
  expect(rig.relay.origins()).toEqual([{ kind: 'registry', name: origin.registry, bytes: length }]);
});

test('a reader follows what arrives, across two fetches', async () => {
  const rig = await openRig();
  const bytes = bytesOf(3_000_000);
  const digest = rig.add(bytes);
  const [first, second] = [handWritten(), handWritten()];
  rig.answers.push(
    () => found(bytes, 0, first),
    ({ from }) => found(bytes, from, second),
  );
  const asking = rig.getBlob(digest);
  const fetching = rig.fetch(digest);
  await sleep(10);
  first.push(bytes.subarray(0, 1_000_000));
  const got = await asking;
  const body = got.body();
  first.destroy(new Error('cut'));
  expect(await fetching).toMatchObject({
    kind: 'failed',
    failure: { code: 'connection', kind: 'transient' },
  });
  const again = rig.fetch(digest);
  await sleep(10);
  second.push(bytes.subarray(1_000_000));
  second.push(null);
  expect(await again).toEqual({ kind: 'complete' });
  expect(rig.asked.map(({ from }) => from)).toEqual([0, 1_000_000]);
  expect(bytes.equals((await body) as Buffer)).toBe(true);
});

test('before its head was sent, a reader is refused in words; later it is cut off', async () => {
  const rig = await openRig();
  const bytes = bytesOf(2_000_000);
  const digest = rig.add(bytes);
  const asking = rig.getBlob(digest);
  while (rig.events.length === 0) await sleep(1);
  rig.relay.refuse(digest);
  const { status, body } = await asking;
  expect(status).toBe(403);
  expect(JSON.parse(String(await body()))).toMatchObject({ errors: [{ code: 'DENIED' }] });
  expect((await rig.getBlob(digest)).status).toBe(403);
  expect(rig.events).toEqual([`asked ${digest}`]);

  const hand = handWritten();
  rig.answers.push(
    () => found(bytes, 0, hand),
    () => failed(500),
  );
  const fetching = rig.fetch(digest);
  hand.push(bytes.subarray(0, 100));
  const flowing = await rig.getBlob(digest);
  hand.destroy();
  expect(await fetching).toMatchObject({ kind: 'failed' });
  expect(await rig.fetch(digest)).toMatchObject({ kind: 'failed', failure: { message: 'GET: 500' } });
  rig.relay.refuse(digest);
  expect(await flowing.body()).toBe('cut');
});

test('who does not know the secret gets nothing', async () => {
  const rig = await openRig();
  const digest = rig.add(bytesOf(10));
  const { host, address } = rig.relay;
  const secret = address.slice(host.length + 1);
  const wrong = secret.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  for (const path of ['/', '/v2', `/v2/${wrong}/r0/app/blobs/${digest}`, `/${secret}`, '/v2/../etc/passwd']) {
    const { status, body } = await getFrom(`http://${host}${path}`);
    expect([path, status, String(await body())]).toEqual([path, 404, '']);
  }
  const ping = await getFrom(`http://${host}/v2/`);
  expect([ping.status, String(await ping.body())]).toEqual([200, '{}']);
  expect(secret).toMatch(/^[\da-f]{32}$/);
  expect(digestOf(Buffer.from(''))).toMatch(/^sha256:e3b0/);
});

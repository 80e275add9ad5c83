import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { FoundRanges } from '../../../src/tools/registry/client/client.js';
import { bytesOf, failed, found, handWritten, openRig } from './relay-rig.js';

const bytes = bytesOf(2_000_000);

function part(body: Buffer, fields: Partial<FoundRanges> = {}): FoundRanges {
  return {
    kind: 'found',
    status: 206,
    length: body.length,
    contentType: 'application/octet-stream',
    contentRange: `bytes 1000-1999/${bytes.length}`,
    body: Readable.from([body]),
    ...fields,
  };
}

test('the rest of a blob comes from what is here, and from what comes', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  const hand = handWritten();
  rig.answers.push(() => found(bytes, 0, hand));
  const fetching = rig.fetch(digest);
  const reading = rig.getBlob(digest, { headers: { range: 'bytes=1500000-' } });
  hand.push(bytes.subarray(0, 1000));
  const { status, headers, body } = await reading;
  expect([status, headers['content-range'], headers['content-length']]).toEqual([
    206,
    'bytes 1500000-1999999/2000000',
    '500000',
  ]);
  hand.push(bytes.subarray(1000));
  hand.push(null);
  expect(bytes.subarray(1_500_000).equals((await body()) as Buffer)).toBe(true);
  expect(await fetching).toEqual({ kind: 'complete' });
});

test('the rest of a blob whose size nobody knows comes once it is known', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes, { size: null });
  const hand = handWritten();
  rig.answers.push(() => ({ ...found(bytes, 0, hand), size: null, length: null }));
  const fetching = rig.fetch(digest);
  hand.push(bytes.subarray(0, 1_600_000));
  const reading = rig.getBlob(digest, { headers: { range: 'bytes=1500000-' } });
  while (rig.relay.received(digest) < 1_600_000 || !rig.events.includes(`asked ${digest}`)) await sleep(1);
  hand.push(bytes.subarray(1_600_000));
  hand.push(null);
  const { headers, body } = await reading;
  expect(headers['content-range']).toBe('bytes 1500000-1999999/2000000');
  expect(bytes.subarray(1_500_000).equals((await body()) as Buffer)).toBe(true);
  expect(await fetching).toEqual({ kind: 'complete' });
});

test('the rest behind the end is no answer that would be podman’s last', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  await rig.fetch(digest);
  await expect(rig.getBlob(digest, { headers: { range: 'bytes=2000000-' } })).rejects.toThrow();
});

test.each(['bytes=0-99', 'bytes=-100', 'bytes=0-1,5-7', 'pages=1-2', 'bytes=1-'.repeat(3)])(
  'of a blob that is not to be had in parts, podman is to fetch all: %s',
  async (range) => {
    const rig = await openRig();
    const digest = rig.add(bytes);
    expect((await rig.getBlob(digest, { headers: { range } })).status).toBe(400);
    expect([rig.events, rig.askedRanges]).toEqual([[], []]);
  },
);

test.each<[string, string, Partial<FoundRanges>]>([
  ['one part', 'bytes=1000-1999', {}],
  [
    'several parts',
    'bytes=0-99,1000-1999,5000-',
    { contentType: 'multipart/byteranges; boundary=x', contentRange: '', length: null },
  ],
])('%s of a blob pass as the registry sends them', async (_, range, fields) => {
  const rig = await openRig();
  const digest = rig.add(bytes, { isPartial: true });
  rig.ranges = () => part(bytes.subarray(1000, 2000), fields);
  const { status, headers, body } = await rig.getBlob(digest, { headers: { range } });
  expect(status).toBe(206);
  expect(headers['content-type']).toBe(fields.contentType ?? 'application/octet-stream');
  expect(headers['content-range']).toBe(fields.contentRange === '' ? undefined : 'bytes 1000-1999/2000000');
  expect(bytes.subarray(1000, 2000).equals((await body()) as Buffer)).toBe(true);
  expect(rig.askedRanges.map((asked) => asked.range)).toEqual([range]);
  expect(rig.events).toEqual([`passed ${digest} 1000`]);
  expect(rig.relay.origins()).toEqual([{ kind: 'registry', name: 'registry.example.com', bytes: 1000 }]);
});

test('a source that sends all is left for the next, and in the end podman asks for all', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes, { isPartial: true });
  const range = 'bytes=1000-1999';
  const bodies: Readable[] = [];
  rig.ranges = ({ source }) => {
    const answer = part(bytes, { status: source.registry.startsWith('mirror') ? 206 : 200 });
    bodies.push(answer.body);
    return answer;
  };
  expect((await rig.getBlob(digest, { headers: { range } })).status).toBe(206);
  expect(bodies[0]?.destroyed).toBe(true);
  rig.ranges = () => part(bytes, { status: 200 });
  expect((await rig.getBlob(digest, { headers: { range } })).status).toBe(400);
  rig.ranges = () => failed(404, 'permanent');
  expect((await rig.getBlob(digest, { headers: { range } })).status).toBe(400);
  expect(rig.events.filter((event) => event.startsWith('asked'))).toEqual([]);
});

test('what may pass cuts podman’s connection, before the answer and in it', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes, { isPartial: true });
  const headers = { range: 'bytes=1000-1999' };
  rig.ranges = () => failed(503);
  await expect(rig.getBlob(digest, { headers })).rejects.toThrow();
  const hand = handWritten();
  rig.ranges = () => part(bytes.subarray(1000, 2000), { body: hand });
  hand.push(bytes.subarray(1000, 1500));
  const { body } = await rig.getBlob(digest, { headers });
  const reading = body();
  await sleep(5);
  hand.destroy(new Error('cut'));
  expect(await reading).toBe('cut');
});

test('of a blob in parts, all is asked for as of another', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes, { isPartial: true });
  const reading = rig.getBlob(digest);
  while (rig.events.length === 0) await sleep(1);
  expect(rig.events).toEqual([`asked ${digest}`]);
  await rig.fetch(digest);
  expect(bytes.equals((await (await reading).body()) as Buffer)).toBe(true);
  // A connection that was cut goes on here.
  const rest = await rig.getBlob(digest, { headers: { range: 'bytes=1999000-' } });
  expect([rest.status, rig.askedRanges]).toEqual([206, []]);
});

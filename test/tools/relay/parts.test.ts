import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeTree } from '../../support/tree.js';
import { bodyOf, bytesOf, failed, found, handWritten, openRig, type Rig } from './relay-rig.js';

const size = 2_500_000;
const bytes = bytesOf(size);

/** A run that gets so much of a blob, and ends. */
async function interrupted(directory: string, length: number, boot: string): Promise<string> {
  const rig = await openRig({ directory, boot });
  const digest = rig.add(bytes);
  const body = bodyOf(bytes.subarray(0, length));
  rig.answers.push(() => found(bytes, 0, body));
  body.on('end', () => body.destroy());
  expect(await rig.fetch(digest)).toMatchObject({ kind: 'failed' });
  await rig.relay.close();
  return digest;
}

function newDirectory(): string {
  return join(makeTree({ 'x/': '' }), 'parts');
}

async function readWhole(rig: Rig, digest: string): Promise<void> {
  const { status, body } = await rig.getBlob(digest);
  expect(status).toBe(200);
  expect(bytes.equals((await body()) as Buffer)).toBe(true);
}

test('a blob goes on where an earlier run of this boot has left it', async () => {
  const directory = newDirectory();
  const digest = await interrupted(directory, 1_500_000, 'this');
  const rig = await openRig({ directory, boot: 'this' });
  rig.add(bytes);
  expect(rig.relay.received(digest)).toBe(1_500_000);
  const fetching = rig.fetch(digest);
  await readWhole(rig, digest);
  expect(await fetching).toEqual({ kind: 'complete' });
  expect(rig.asked.map(({ from }) => from)).toEqual([1_500_000]);
  expect(rig.relay.origins()).toEqual([
    { kind: 'kept', name: null, bytes: 1_500_000 },
    { kind: 'registry', name: 'registry.example.com', bytes: 1_000_000 },
  ]);
  const path = join(directory, digest.replace(':', '-'));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  rig.relay.release(digest);
  expect(readdirSync(directory)).toEqual([]);
  expect(rig.relay.received(digest)).toBe(0);
});

test.each([
  ['what was flushed', 1_200_000, 1_200_000],
  ['never more than there is', 20_000_000, 1_500_000],
  ['nothing', 0, 0],
])('of a blob of another boot counts %s', async (_, flushed, received) => {
  const directory = newDirectory();
  const digest = await interrupted(directory, 1_500_000, 'before');
  const path = join(directory, digest.replace(':', '-'));
  writeFileSync(`${path}.journal`, JSON.stringify({ boot: 'before', flushed }));
  const rig = await openRig({ directory, boot: 'this' });
  rig.add(bytes);
  expect(rig.relay.received(digest)).toBe(received);
  const fetching = rig.fetch(digest);
  await readWhole(rig, digest);
  expect(await fetching).toEqual({ kind: 'complete' });
  expect(JSON.parse(readFileSync(`${path}.journal`, 'utf8')).boot).toBe('this');
});

test('a blob that is here as a whole is asked of nobody', async () => {
  const directory = newDirectory();
  const first = await openRig({ directory });
  const digest = first.add(bytes);
  await first.fetch(digest);
  await first.relay.close();
  const rig = await openRig({ directory });
  rig.add(bytes);
  expect(rig.relay.received(digest)).toBe(size);
  await readWhole(rig, digest);
  expect(await rig.fetch(digest)).toEqual({ kind: 'complete' });
  expect([rig.asked, rig.events]).toEqual([[], []]);
  expect(rig.relay.origins()).toEqual([{ kind: 'kept', name: null, bytes: size }]);
});

test('a registry that knows no parts sends all, and its beginning is left out', async () => {
  const directory = newDirectory();
  await interrupted(directory, 1_500_000, 'this');
  const rig = await openRig({ directory, boot: 'this' });
  const digest = rig.add(bytes);
  rig.answers.push(() => found(bytes));
  const fetching = rig.fetch(digest);
  await readWhole(rig, digest);
  expect(await fetching).toEqual({ kind: 'complete' });
  expect(rig.relay.origins()).toEqual([
    { kind: 'kept', name: null, bytes: 1_500_000 },
    { kind: 'registry', name: 'registry.example.com', bytes: size },
  ]);
  // What is sent once more is told once more: the registry is not silent.
  expect(rig.events.filter((event) => event.startsWith('arrived')).length).toBeGreaterThan(3);
});

test.each([
  ['416', () => failed(416, 'permanent')],
  ['another part', () => failed(206, 'transient')],
  ['another size', () => ({ ...found(bytes, 1_500_000, Readable.from([])), size: size + 1 })],
])('where the rest is answered with %s, all is asked for', async (_, answer) => {
  const directory = newDirectory();
  await interrupted(directory, 1_500_000, 'this');
  const rig = await openRig({ directory, boot: 'this' });
  const digest = rig.add(bytes);
  rig.answers.push(answer);
  const fetching = rig.fetch(digest);
  await readWhole(rig, digest);
  expect(await fetching).toEqual({ kind: 'complete' });
  expect(rig.asked.map(({ from }) => from)).toEqual([1_500_000, 0]);
});

test('a part that is longer than its blob is none', async () => {
  const directory = newDirectory();
  const digest = await interrupted(directory, 1_500_000, 'this');
  const rig = await openRig({ directory, boot: 'this' });
  rig.add(bytes, { size: 1000 });
  rig.answers.push(() => failed(404));
  await rig.fetch(digest);
  expect(rig.asked.map(({ from }) => from)).toEqual([0]);
});

test('of a blob of which nobody knows the size, all may be here', async () => {
  const directory = newDirectory();
  const first = await openRig({ directory, boot: 'this' });
  const digest = first.add(bytes);
  await first.fetch(digest);
  await first.relay.close();
  const rig = await openRig({ directory, boot: 'this' });
  rig.add(bytes, { size: null });
  rig.answers.push(() => failed(416));
  expect(await rig.fetch(digest)).toEqual({ kind: 'complete' });
  expect(rig.asked.map(({ from }) => from)).toEqual([size, 0]);
  expect(rig.relay.origins()).toEqual([{ kind: 'kept', name: null, bytes: size }]);
  await readWhole(rig, digest);
});

test('where a part of unknown size is too long, it begins anew', async () => {
  const directory = newDirectory();
  const digest = await interrupted(directory, 1_500_000, 'this');
  const rig = await openRig({ directory, boot: 'this' });
  rig.add(bytes, { size: null });
  const short = bytes.subarray(0, 1000);
  rig.answers.push(
    () => failed(416),
    () => found(short),
  );
  expect(await rig.fetch(digest)).toMatchObject({
    kind: 'failed',
    failure: { code: 'corrupt', kind: 'transient' },
  });
  expect(rig.relay.received(digest)).toBe(0);
});

test('what is wrong begins anew, and its readers are cut off', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  rig.answers.push(() => found(bytes, 0, bodyOf(bytesOf(size, 2))));
  expect(await rig.fetch(digest)).toEqual({ kind: 'complete' });
  const { response } = await rig.getBlob(digest);
  rig.relay.discard(digest);
  response.resume();
  await new Promise((resolve) => response.on('close', resolve));
  expect(response.complete).toBe(false);
  expect(rig.relay.received(digest)).toBe(0);
  const fetching = rig.fetch(digest);
  await readWhole(rig, digest);
  expect(await fetching).toEqual({ kind: 'complete' });
  expect(rig.asked.map(({ from }) => from)).toEqual([0, 0]);
});

test('what is discarded in the middle of its fetch stops that', async () => {
  const rig = await openRig();
  const digest = rig.add(bytes);
  const body = handWritten();
  rig.answers.push(() => found(bytes, 0, body));
  const fetching = rig.fetch(digest);
  body.push(Buffer.alloc(2_000_000));
  while (rig.relay.received(digest) === 0) await sleep(1);
  rig.relay.discard(digest);
  expect(await fetching).toEqual({ kind: 'stopped' });
  const again = rig.fetch(digest);
  await readWhole(rig, digest);
  expect(await again).toEqual({ kind: 'complete' });
});

test('odd things among the parts are removed, or left alone', async () => {
  const directory = newDirectory();
  const digest = await interrupted(directory, 1_500_000, 'this');
  const name = (digit: string) => `sha256-${digit.repeat(64)}`;
  const secret = join(makeTree({ secret: 'secret' }), 'secret');
  symlinkSync(secret, join(directory, name('a')));
  writeFileSync(join(directory, `${name('a')}.journal`), JSON.stringify({ boot: 'this', flushed: 6 }));
  mkdirSync(join(directory, name('b')));
  writeFileSync(join(directory, name('c')), 'without a journal');
  writeFileSync(join(directory, `${name('d')}.journal`), 'without a part');
  writeFileSync(join(directory, `${name('e')}.journal.tmp`), 'half');
  writeFileSync(join(directory, 'README'), 'of somebody');
  const rig = await openRig({ directory, boot: 'this' });
  const part = digest.replace(':', '-');
  expect(readdirSync(directory).sort()).toEqual(['README', part, `${part}.journal`]);
  expect(readFileSync(secret, 'utf8')).toBe('secret');
  expect(['a', 'b', 'c', 'd', 'e'].map((digit) => rig.relay.received(`sha256:${digit.repeat(64)}`))).toEqual(
    Array(5).fill(0),
  );
});

test('what has come is kept when the relay is closed in the middle', async () => {
  const directory = newDirectory();
  const rig = await openRig({ directory, boot: 'this' });
  const digest = rig.add(bytes);
  const body = handWritten();
  rig.answers.push(() => found(bytes, 0, body));
  const fetching = rig.fetch(digest);
  const reading = rig.getBlob(digest);
  body.push(bytes.subarray(0, 1_300_000));
  const got = (await reading).body();
  await rig.relay.close();
  expect(await fetching).toEqual({ kind: 'stopped' });
  expect(await got).toBe('cut');
  expect(body.destroyed).toBe(true);
  expect(await rig.fetch(digest)).toEqual({ kind: 'stopped' });
  expect((await openRig({ directory, boot: 'this' })).relay.received(digest)).toBe(1_300_000);
});

test('where files cannot be written, this machine is at fault', async () => {
  const file = join(makeTree({ file: '' }), 'file');
  const rig = await openRig({ directory: join(file, 'parts') });
  const digest = rig.add(bytes);
  expect(await rig.fetch(digest)).toMatchObject({ kind: 'failed', failure: { kind: 'local' } });
  const small = rig.add(bytesOf(1000));
  expect(await rig.fetch(small)).toEqual({ kind: 'complete' });
  expect(existsSync(join(file, 'parts'))).toBe(false);
});

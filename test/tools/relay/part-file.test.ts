import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemTimer } from '../../../src/pull/system-timer.js';
import { newBlob } from '../../../src/tools/relay/blob.js';
import { fetchBlob } from '../../../src/tools/relay/fetch-blob.js';
import { newOrigins } from '../../../src/tools/relay/origins.js';
import { fileBytes } from '../../../src/tools/relay/part-file.js';
import { bodyOf, bytesOf, digestOf, found, openRig, origin } from './relay-rig.js';

function part(fd: number) {
  return {
    fd,
    length: 0,
    flushed: 0,
    onFlushed: undefined,
    remove: () => undefined,
    onClosed: () => undefined,
  };
}

test('a full disk ends a fetch, and what has been written stays', async () => {
  const bytes = bytesOf(3_000_000);
  const digest = digestOf(bytes);
  const directory = mkdtempSync(join(tmpdir(), 'bound-images-part-'));
  // Every write to the one fails; then there is room again.
  let fd = openSync('/dev/full', 'r+');
  const parts = {
    kept: () => 0,
    open: (_digest: string, _isFlushed: boolean, onWritten: () => void) => fileBytes(part(fd), [], onWritten),
    remove: () => undefined,
    flush: () => undefined,
  };
  const place = {
    parts,
    take: () => false,
    giveBack: () => undefined,
    isHeld: () => false,
    onKept: () => undefined,
  };
  const blob = newBlob(digest, place, { onAsked: () => undefined });
  blob.announce(bytes.length);
  const body = bodyOf(bytes);
  const { signal } = new AbortController();
  const tools = {
    client: { blob: async () => found(bytes, 0, body) },
    timer: systemTimer,
    observer: { onArrived: () => undefined },
    origins: newOrigins(),
    signal,
  };
  expect(await fetchBlob(blob, origin, { signal, isKept: true }, tools)).toMatchObject({
    kind: 'failed',
    failure: { code: 'no-space', kind: 'local' },
  });
  expect(body.destroyed).toBe(true);
  expect(blob.received).toBe(0);
  blob.discard();
  fd = openSync(join(directory, 'part'), 'w+');
  const again = { ...tools, client: { blob: async () => found(bytes) } };
  expect(await fetchBlob(blob, origin, { signal, isKept: true }, again)).toEqual({ kind: 'complete' });
  expect(readFileSync(join(directory, 'part')).equals(bytes)).toBe(true);
  await blob.close();
  rmSync(directory, { recursive: true });
});

test('what waits for being written is bounded', async () => {
  const fd = openSync('/dev/full', 'r+');
  const spare: Buffer[] = [];
  const file = fileBytes(part(fd), spare, () => undefined);
  const chunk = bytesOf(1024 * 1024);
  for (let count = 0; count < 3; count += 1) file.append(Buffer.from(chunk));
  expect(file.isFull).toBe(false);
  file.append(Buffer.from(chunk));
  expect([file.isFull, file.waiting, file.readable]).toEqual([true, 4 * chunk.length, 0]);
  await file.settled();
  expect([file.end, file.waiting, spare.length]).toEqual([0, 0, 0]);
  await file.close();
  expect(() => closeSync(fd)).toThrow('EBADF');
});

const lengthLists = fc.array(fc.integer({ min: 1, max: 700_000 }), { minLength: 1, maxLength: 12 });

test('what was appended in pieces is read as it came, and buffers are used again', async () => {
  const check = async (lengths: readonly number[], isClosedEarly: boolean) => {
    const directory = mkdtempSync(join(tmpdir(), 'bound-images-part-'));
    const path = join(directory, 'part');
    const spare: Buffer[] = [];
    const file = fileBytes(part(openSync(path, 'w+')), spare, () => undefined);
    const all = bytesOf(lengths.reduce((sum, each) => sum + each, 0));
    let at = 0;
    for (const [index, length] of lengths.entries()) {
      // Whoever hands a piece over may use its memory again.
      const piece = Buffer.from(all.subarray(at, at + length));
      file.append(piece);
      // It may be gone already.
      if (piece.length > 0) piece.fill(0);
      at += length;
      if (index % 3 === 2) await file.settled();
    }
    if (!isClosedEarly) {
      await file.settled();
      expect(file.readable).toBe(all.length);
      const pieces: Buffer[] = [];
      for (let from = 0; from < all.length; ) {
        const [piece = Buffer.of()] = await file.read(from, () => Buffer.alloc(100_000));
        pieces.push(piece);
        from += piece.length;
      }
      expect(Buffer.concat(pieces).equals(all)).toBe(true);
    }
    await file.close();
    expect(readFileSync(path).equals(all)).toBe(true);
    expect(new Set(spare).size).toBe(spare.length);
    rmSync(directory, { recursive: true });
  };
  await fc.assert(fc.asyncProperty(lengthLists, fc.boolean(), check), { numRuns: 30 });
});

test.each([
  [9_000_000, 9_000_000],
  [8_000_000, 0],
])('of a blob of %i bytes, %i are flushed after a while', async (size, flushed) => {
  const tasks: (() => void)[] = [];
  const every = (_: number, task: () => void) => {
    tasks.push(task);
    return () => undefined;
  };
  const rig = await openRig({ timer: { ...systemTimer, every }, boot: 'this' });
  const digest = rig.add(bytesOf(size));
  await rig.fetch(digest);
  for (const task of tasks) task();
  const path = join(rig.directory, `${digest.replace(':', '-')}.journal`);
  const journal = () => JSON.parse(readFileSync(path, 'utf8'));
  for (let time = 0; time < 200 && journal().flushed !== flushed; time += 1) await sleep(10);
  expect(journal()).toEqual({ boot: 'this', flushed });
  rig.relay.release(digest);
  for (const task of tasks) task();
  await rig.relay.close();
  expect(() => journal()).toThrow('ENOENT');
});

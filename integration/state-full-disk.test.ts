import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { take } from '../src/payloads/take.js';
import { pulledImages } from '../src/state/pulled-images.js';
import { receiptStore } from '../src/state/receipts.js';
import { lockStore } from '../src/state/store-lock.js';
import { receipt } from '../test/state/sample-receipt.js';
import { newCleanup } from './support/temp.js';
import { mountTmpfs } from './support/tmpfs.js';

const perTest = newCleanup();
afterEach(perTest.run);

const pages = 16;
const pageBytes = 4096;

/** A state directory on a small file system of its own; `fill` leaves no free page on it. */
async function smallDisk() {
  const disk = await perTest.use(mountTmpfs(pages * pageBytes));
  const ballast = join(disk.path, 'ballast');
  const fill = () => {
    const fd = openSync(ballast, 'w');
    expect(() => {
      for (let page = 0; page <= pages; page += 1) writeSync(fd, Buffer.alloc(pageBytes));
    }).toThrow('ENOSPC');
    closeSync(fd);
  };
  return { ...disk, state: join(disk.path, 'state'), fill, empty: () => rmSync(ballast) };
}

/** More than all pages. */
async function* tooMuch(): AsyncGenerator<Buffer> {
  for (let page = 0; page <= pages; page += 1) yield Buffer.alloc(pageBytes);
}

const noSpace = {
  code: 'state',
  message: expect.stringMatching(/cannot be written: no space left on device/),
};
const later = { ...receipt, state: 'staged' as const, runs: 3 };
/** More than one page, so that its first part may still find room. */
const large = { ...later, images: Array.from({ length: 40 }, () => receipt.images).flat() };

describe('a full disk', () => {
  test.each([
    { name: 'as large as the old one', next: later },
    { name: 'much larger than the old one', next: large },
  ])('leaves the old receipt whole when a new one is $name', async ({ next }) => {
    const disk = await smallDisk();
    const receipts = receiptStore(disk.state);
    receipts.write(receipt);
    disk.fill();
    expect(() => receipts.write(next)).toThrow(expect.objectContaining(noSpace));
    expect(receipts.read(receipt.deployment)).toEqual({ kind: 'read', value: receipt });
    expect(readdirSync(disk.state)).toEqual([`${receipt.deployment}.json`]);
    disk.empty();
    receipts.write(next);
    expect(receipts.read(receipt.deployment)).toEqual({ kind: 'read', value: next });
  });

  test('that fills up while a receipt is written leaves the old one whole', async () => {
    const disk = await smallDisk();
    const receipts = receiptStore(disk.state);
    receipts.write(receipt);
    const larger = { ...large, images: Array.from({ length: 10 }, () => large.images).flat() };
    expect(() => receipts.write(larger)).toThrow(expect.objectContaining(noSpace));
    expect(receipts.all()).toEqual([{ kind: 'read', value: receipt }]);
    expect(readdirSync(disk.state)).toEqual([`${receipt.deployment}.json`]);
  });

  test('leaves the record of pulled images whole', async () => {
    const disk = await smallDisk();
    const pulled = pulledImages(disk.state, () => 'stamp');
    const image = {
      name: 'registry.example.com/app:1',
      id: 'a1',
      digest: 'sha256:a1',
      at: receipt.startedAt,
    };
    pulled.add([image], { ours: [], ids: new Set() });
    disk.fill();
    const { images: ours } = pulled.read();
    expect(() => pulled.add([{ ...image, id: 'a2' }], { ours, ids: new Set(['a1']) })).toThrow(
      expect.objectContaining(noSpace),
    );
    expect(pulled.read()).toEqual({ images: [{ ...image, stamp: 'stamp' }], damage: null });
  });

  test('keeps nobody from locking, though not from being unknown', async () => {
    const disk = await smallDisk();
    disk.fill();
    const wait = { signal: new AbortController().signal, limitMs: 0 };
    const first = await lockStore(disk.state, wait);
    expect(first.kind).toBe('locked');
    expect(await lockStore(disk.state, wait)).toEqual({ kind: 'held', holder: null });
    if (first.kind === 'locked') first.release();
  });
});

test('a file system that became read-only is said so, and what is there can still be read', async () => {
  const disk = await smallDisk();
  const receipts = receiptStore(disk.state);
  receipts.write(receipt);
  await disk.makeReadOnly();
  const readOnly = { code: 'state', message: expect.stringContaining('read-only file system (EROFS)') };
  expect(() => receipts.write(later)).toThrow(expect.objectContaining(readOnly));
  expect(() => receipts.remove(receipt.deployment)).toThrow(expect.objectContaining(readOnly));
  expect(receipts.all()).toEqual([{ kind: 'read', value: receipt }]);
  const wait = { signal: new AbortController().signal, limitMs: 0 };
  await expect(lockStore(disk.state, wait)).rejects.toMatchObject(readOnly);
});

test('a disk that fills up while a payload is written leaves what was there', async () => {
  const disk = await smallDisk();
  const to = join(disk.path, 'vmlinuz');
  writeFileSync(to, 'the old one');
  const wanted = { maxBytes: 1024 * 1024, mode: undefined, digest: undefined };
  const taken = take((output) => output.file('', false, tooMuch()), wanted, to, false);
  await expect(taken).rejects.toMatchObject({ failure: { code: 'no-space', kind: 'local' } });
  expect(readdirSync(disk.path)).toEqual(['vmlinuz']);
  expect(readFileSync(to, 'utf8')).toBe('the old one');
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Receipt, ReceiptError, ReceiptImage } from '../../src/model/receipt.js';
import { receiptStore } from '../../src/state/receipts.js';
import { makeTree } from '../support/tree.js';
import { receipt } from './sample-receipt.js';

const directory = makeTree({});
const receipts = receiptStore(directory);
const path = join(directory, `${receipt.deployment}.json`);
const whole = Buffer.from(`${JSON.stringify(receipt, null, 2)}\n`);

function readBytes(bytes: Uint8Array | string) {
  writeFileSync(path, bytes);
  return receipts.read(receipt.deployment);
}

const text = fc.string({ unit: 'binary' });
const count = fc.maxSafeNat();
const time = fc
  .date({ noInvalidDate: true, min: new Date('2000-01-01'), max: new Date('2100-01-01') })
  .map((date) => date.toISOString());
const error: fc.Arbitrary<ReceiptError | null> = fc.option(
  fc.record({ code: text, message: text, hint: fc.option(text) }),
);
const place = fc.record({
  entry: fc.option(text),
  file: fc.option(text),
  line: fc.option(count),
  column: fc.option(count),
});
const image: fc.Arbitrary<ReceiptImage> = fc.record({
  reference: text,
  store: fc.constantFrom('podman', 'bootc'),
  state: fc.constantFrom('present', 'pulled', 'failed', 'missing'),
  digest: fc.option(text),
  id: fc.option(text),
  bytes: count,
  attempts: count,
  seconds: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map(Math.abs),
  sources: fc.array(place, { maxLength: 3 }),
  error,
});
const anyReceipt: fc.Arbitrary<Receipt> = fc.record({
  schemaVersion: fc.constant(1),
  deployment: text,
  root: text,
  state: fc.constantFrom('checking', 'downloading', 'staged', 'failed'),
  startedAt: time,
  updatedAt: time,
  runs: count,
  finalizationLock: fc.constantFrom('ours', 'theirs', null),
  bootId: text,
  images: fc.array(image, { maxLength: 4 }),
  payloads: fc.array(
    fc.record({
      reference: text,
      as: text,
      state: fc.constantFrom('present', 'taken', 'failed'),
      bytes: fc.option(count),
      error,
    }),
    { maxLength: 2 },
  ),
  error,
  accepted: fc.option(fc.record({ references: fc.array(text), reason: text, at: time })),
});

test('reads every receipt as it was written', () => {
  const store = receiptStore(makeTree({}));
  fc.assert(
    fc.property(anyReceipt, (written) => {
      store.write(written);
      expect(store.read(written.deployment)).toEqual({ kind: 'read', value: written });
      store.remove(written.deployment);
      expect(store.all()).toEqual([]);
    }),
  );
});

test('a receipt that is cut at any byte before its last brace is damaged', () => {
  const kinds = Array.from(
    { length: whole.length },
    (_, length) => readBytes(whole.subarray(0, length)).kind,
  );
  const cut = whole.length - 1;
  expect(kinds).toEqual([...Array(cut).fill('damaged'), 'read']);
});

/** What anyone who gets a receipt relies on. */
function expectReceiptOrDamage(read: ReturnType<typeof readBytes>) {
  if (read.kind === 'damaged') {
    expect(read.damage.message).toMatch(/^[^\n]+ is not used: [^\n]+$/);
    return;
  }
  if (read.kind === 'none') throw new Error('the file is there');
  const { value } = read;
  expect(Object.keys(value).sort()).toEqual(Object.keys(receipt).sort());
  expect(value).toMatchObject({ schemaVersion: 1, deployment: receipt.deployment });
  expect(['checking', 'downloading', 'staged', 'failed']).toContain(value.state);
  expect(() => new Date(value.updatedAt).toISOString()).not.toThrow();
  for (const { bytes, sources } of value.images) {
    expect(Number.isSafeInteger(bytes) && Array.isArray(sources)).toBe(true);
  }
}

test('a receipt with any bits flipped is read as a receipt or is damaged', () => {
  const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(flips, (positions) => {
      const bytes = Buffer.from(whole);
      for (const [at, bits] of positions) bytes[at] = (bytes[at] ?? 0) ^ bits;
      expectReceiptOrDamage(readBytes(bytes));
    }),
    { numRuns: 1000 },
  );
});

test('any bytes and any JSON in its place are damaged', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.json()), (content) => {
      expect(readBytes(content).kind).toBe('damaged');
    }),
    { numRuns: 300 },
  );
});

test('a receipt with any value in the place of another is read as a receipt or is damaged', () => {
  const key = fc.constantFrom<keyof Receipt>(
    'runs',
    'state',
    'updatedAt',
    'images',
    'error',
    'finalizationLock',
  );
  fc.assert(
    fc.property(key, fc.jsonValue(), (changed, value) => {
      expectReceiptOrDamage(readBytes(JSON.stringify({ ...receipt, [changed]: value })));
    }),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(
      fc.constantFrom<keyof ReceiptImage>('bytes', 'sources', 'error'),
      fc.jsonValue(),
      (changed, value) => {
        const images = receipt.images.map((each) => ({ ...each, [changed]: value }));
        expectReceiptOrDamage(readBytes(JSON.stringify({ ...receipt, images })));
      },
    ),
    { numRuns: 300 },
  );
});

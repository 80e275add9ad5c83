import { appendFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { receivedMeter } from '../../src/pull/received.js';
import { addToTree, fifo, makeTree, symlink } from '../support/tree.js';

test('has received nothing where there is no directory yet, and what comes when there is one', () => {
  const top = makeTree({});
  const received = receivedMeter(() => join(top, 'blobs'));
  const before = received().bytes;
  addToTree(top, { 'blobs/container_images_storage1/1': 'four' });
  expect([before, received().bytes]).toEqual([0, 4]);
});

test('adds up the files at any depth', () => {
  const received = receivedMeter(() =>
    makeTree({ a: '1', 'storage1/1': '22', 'storage1/x/2': '333', 'storage2/1': '4444' }),
  );
  expect(received().bytes).toBe(10);
});

test('follows a file as it grows, and keeps what it held after podman has removed it', () => {
  const top = makeTree({ 'storage1/1': '' });
  const blob = join(top, 'storage1/1');
  const received = receivedMeter(() => top);
  const steps = [
    () => appendFileSync(blob, 'abc'),
    () => appendFileSync(blob, 'de'),
    () => rmSync(blob),
    () => writeFileSync(join(top, 'storage1/2'), 'fgh'),
    () => rmSync(join(top, 'storage1'), { recursive: true }),
    () => rmSync(top, { recursive: true }),
  ];
  const seen = steps.map((step) => {
    step();
    return received().bytes;
  });
  expect(seen).toEqual([3, 5, 5, 8, 8, 8]);
});

test('counts a file that has become shorter with the most that it held', () => {
  const top = makeTree({ blob: 'abcdef' });
  const received = receivedMeter(() => top);
  received().bytes;
  truncateSync(join(top, 'blob'), 2);
  expect(received().bytes).toBe(6);
});

test('does not see a file that came and went between two looks', () => {
  const top = makeTree({});
  const received = receivedMeter(() => top);
  received().bytes;
  writeFileSync(join(top, 'blob'), 'abc');
  rmSync(join(top, 'blob'));
  expect(received().bytes).toBe(0);
});

test('counts neither links nor what is no file', () => {
  const elsewhere = makeTree({ 'x/large': 'x'.repeat(1000) });
  const top = makeTree({
    file: symlink(join(elsewhere, 'x/large')),
    directory: symlink(join(elsewhere, 'x')),
    loop: symlink('.'),
    pipe: fifo(),
    blob: 'abc',
  });
  expect(receivedMeter(() => top)().bytes).toBe(3);
});

test('measures each directory by itself', () => {
  const top = makeTree({ 'a/1': '1', 'b/1': '22' });
  expect(['a', 'b'].map((name) => receivedMeter(() => join(top, name))().bytes)).toEqual([1, 2]);
});

test('knows the largest blob, also when it is gone', () => {
  const top = makeTree({ 'storage1/1': '22', 'storage1/2': '333' });
  const received = receivedMeter(() => top);
  const before = received().largestBlob;
  rmSync(join(top, 'storage1/2'));
  expect([before, received().largestBlob]).toEqual([3, 3]);
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { takeFromLayers } from '../../src/payloads/from-layers.js';
import { take } from '../../src/payloads/take.js';
import { tarOf } from '../support/tar-archive.js';
import { makeTree } from '../support/tree.js';

const limits = { maxBytes: 1000, mode: undefined, digest: undefined };

/** An archive without an end. */
function* repeated(bytes: Buffer, count: number): Generator<Buffer> {
  for (let at = 0; at < count; at += 1) yield bytes;
}

test('of ten million entries a fifth is read', async () => {
  const one = tarOf({ name: 'a' }).subarray(0, 512);
  const many = Buffer.concat(Array.from({ length: 10_000 }, () => one));
  let count = 0;
  const counted = function* () {
    for (const piece of repeated(many, 1000)) {
      count += 1;
      yield piece;
    }
  };
  const parent = makeTree({});
  const layers = [{ open: () => Readable.from(counted(), { highWaterMark: 1 }) }];
  const taking = take((output) => takeFromLayers(layers, '/d', output), limits, join(parent, 'taken'), false);
  await expect(taking).rejects.toThrow('it has more than 2000000 entries');
  expect(count).toBeLessThan(210);
  expect(readdirSync(parent)).toEqual([]);
});

test('a directory of more entries than are taken is refused', async () => {
  const members = Buffer.concat(
    Array.from({ length: 100_001 }, (_, at) =>
      tarOf({ name: `d/${at}`, type: '2', link: 'x' }).subarray(0, 512),
    ),
  );
  const parent = makeTree({});
  const layers = [{ open: () => Readable.from([members]) }];
  const taking = take((output) => takeFromLayers(layers, '/d', output), limits, join(parent, 'taken'), false);
  await expect(taking).rejects.toThrow('more than 100000 entries');
  expect(readdirSync(parent)).toEqual([]);
});

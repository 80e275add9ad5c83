import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ImageLimits,
  imageLimits,
  type LayerEntry,
  newAllowance,
  readLayerEntries,
} from '../../src/layers/layer-entries.js';
import { type Member, pax, tarOf } from '../support/tar-archive.js';

/** A layer that comes in pieces of so many bytes. */
async function read(
  archive: Buffer,
  {
    pieces = 1000,
    kept = () => true,
    limits = {},
  }: { pieces?: number; kept?: (path: string) => boolean; limits?: Partial<ImageLimits> | undefined } = {},
): Promise<readonly LayerEntry[]> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < archive.length; at += pieces) chunks.push(archive.subarray(at, at + pieces));
  return await readLayerEntries(Readable.from(chunks), kept, newAllowance({ ...imageLimits, ...limits }));
}

const owner = { mode: 0o644, uid: 0, gid: 0 };
const file = (path: string, content: string | null, sizeBytes = content?.length ?? 0) => ({
  path,
  kind: 'file',
  sizeBytes,
  content: content === null ? null : Buffer.from(content),
  ...owner,
});

describe('the entries of a layer', () => {
  test.each<{ name: string; members: readonly Member[]; entries: readonly object[] }>([
    {
      name: 'files, empty or not, and directories',
      members: [{ name: './etc/', type: '5' }, { name: 'etc/a', content: 'one' }, { name: '/etc/b' }],
      entries: [{ path: 'etc', kind: 'directory', ...owner }, file('etc/a', 'one'), file('etc/b', '')],
    },
    {
      name: 'links of both kinds, with what came just before',
      members: [
        { name: 'objects/a', content: 'text' },
        { name: 'etc/hard', type: '1', link: './objects/a' },
        { name: 'etc/soft', type: '2', link: '../outside' },
        { name: 'etc/later', type: '1', link: 'etc/soft' },
      ],
      entries: [
        file('objects/a', 'text'),
        { path: 'etc/hard', kind: 'hard-link', target: 'objects/a', content: Buffer.from('text') },
        { path: 'etc/soft', kind: 'symlink', target: '../outside', ...owner },
        { path: 'etc/later', kind: 'hard-link', target: 'etc/soft', content: null },
      ],
    },
    {
      name: 'long names in both forms',
      members: [
        pax('path', `a/${'long'.repeat(50)}`),
        { name: 'short', content: 'x' },
        { name: '././@LongLink', type: 'L', content: `b/${'long'.repeat(50)}\0` },
        { name: 'short', content: 'y' },
        { name: 'after', content: 'z' },
      ],
      entries: [file(`a/${'long'.repeat(50)}`, 'x'), file(`b/${'long'.repeat(50)}`, 'y'), file('after', 'z')],
    },
    {
      name: 'names that are no UTF-8',
      members: [{ name: 'x', type: 'L', content: Buffer.from('caf\xe9\0', 'latin1') }, { name: 'x' }],
      entries: [file('caf\udce9', '')],
    },
    {
      name: 'devices and FIFOs, which have no content whatever they say',
      members: [
        { name: 'dev/null', type: '3', size: '00000001000\0' },
        { name: 'pipe', type: '6' },
      ],
      entries: [
        { path: 'dev/null', kind: 'other', ...owner },
        { path: 'pipe', kind: 'other', ...owner },
      ],
    },
    {
      name: 'a sparse file, whose parts are no content',
      members: [
        pax('GNU.sparse.major', '1'),
        { name: 'etc/a', content: 'parts' },
        { name: 'b', content: 'x' },
      ],
      entries: [{ path: 'etc/a', kind: 'other', ...owner }, file('b', 'x')],
    },
  ])('are $name', async ({ members, entries }) => {
    expect(await read(tarOf(...members))).toEqual(entries);
  });

  test('keep the content that is wanted, whatever the pieces', async () => {
    const archive = tarOf({ name: 'a', content: 'one' }, { name: 'b', content: 'x'.repeat(2000) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), async (pieces) => {
        const found = await read(archive, { pieces, kept: (path) => path === 'b' });
        expect(found).toEqual([file('a', null, 3), file('b', 'x'.repeat(2000))]);
      }),
      { numRuns: 30 },
    );
  });

  test('have no content where a file is too large', async () => {
    const found = await read(tarOf({ name: 'a', content: 'four' }), { limits: { fileBytes: 3 } });
    expect(found).toEqual([file('a', null, 4)]);
  });
});

describe('a layer is refused that', () => {
  test.each<{ name: string; archive: Buffer; limits?: Partial<ImageLimits>; says: RegExp }>([
    { name: 'is no archive', archive: Buffer.alloc(1024, 'x'), says: /not a tar archive/ },
    {
      name: 'ends in a header',
      archive: tarOf({ name: 'a', content: 'x' }).subarray(0, 300),
      says: /ends in the middle/,
    },
    {
      name: 'ends in the content of a file that is kept',
      archive: tarOf({ name: 'a', content: 'x'.repeat(600) }).subarray(0, 900),
      says: /ends in the middle/,
    },
    {
      name: 'says that a file is larger than it is',
      archive: tarOf({ name: 'a', content: 'x', size: '77777777777\0' }),
      says: /ends in the middle/,
    },
    {
      name: 'has a size that is none',
      archive: tarOf({ name: 'a', size: 'nonsense' }),
      says: /no valid size/,
    },
    { name: 'leads out of itself', archive: tarOf({ name: 'a/../../b' }), says: /leads out of it/ },
    {
      name: 'has a link to what is out of it',
      archive: tarOf({ name: 'a', type: '1', link: '../b' }),
      says: /leads out of it/,
    },
    { name: 'has a kind that no layer has', archive: tarOf({ name: 'a', type: 'S' }), says: /of a kind/ },
    {
      name: 'has a header without end',
      archive: tarOf({ name: 'a', type: 'x', size: '77777777777\0' }),
      says: /too long/,
    },
    {
      name: 'has too many entries',
      archive: tarOf(...Array.from({ length: 11 }, (_, at) => ({ name: `a${at}` }))),
      limits: { entries: 10 },
      says: /more than 10 entries/,
    },
    {
      name: 'has too much to keep',
      archive: tarOf({ name: 'a', content: 'x'.repeat(60) }, { name: 'b', content: 'x'.repeat(60) }),
      limits: { keptBytes: 100 },
      says: /more than 100 bytes of configuration/,
    },
    {
      name: 'has too long names',
      archive: tarOf({ name: 'a', type: 'L', content: 'x'.repeat(200) }, { name: 'a' }),
      limits: { nameBytes: 100 },
      says: /more than 100 bytes of names/,
    },
    {
      name: 'has a longer name than a system opens',
      archive: tarOf({ name: 'a', type: 'L', content: 'x/'.repeat(2100) }, { name: 'a' }),
      says: /one of its names is too long/,
    },
    {
      name: 'is too large unpacked',
      archive: tarOf({ name: 'a', content: 'x'.repeat(5000) }),
      limits: { layerBytes: 4000, fileBytes: 10 },
      says: /more than 4000 bytes unpacked/,
    },
  ])('$name', async ({ archive, limits, says }) => {
    await expect(read(archive, { limits })).rejects.toThrow(says);
  });
});

import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { seenInTables } from '../../../src/check/online/image-payloads.js';
import { nowhere } from '../../../src/diagnostic/place.js';
import type { Payload } from '../../../src/model/payload.js';
import { noAnswer } from '../../../src/pull/ask-registry.js';
import { type EstargzLayer, estargzLayer, estargzOf, sha256, tocFile } from '../../support/estargz.js';

const payload = (path: string): Payload => ({
  source: { kind: 'path', path },
  as: 'x',
  maxBytes: 1,
  mode: undefined,
  digest: undefined,
  place: nowhere,
});

interface Layer extends Omit<EstargzLayer, 'annotations'> {
  readonly annotations?: EstargzLayer['annotations'];
}

/** What is seen of `paths` in an image of these layers, and how many bytes were asked for. */
async function look(
  layers: readonly Layer[],
  paths: readonly string[],
  serve: 'parts' | 'whole' | 'failed' = 'parts',
) {
  const blobs = new Map(layers.map(({ blob }) => [sha256(blob), blob]));
  let asked = 0;
  const manifest = {
    layers: [...layers].map(({ blob, annotations }) => ({
      digest: sha256(blob),
      size: blob.length,
      annotations,
    })),
  };
  const seen = await seenInTables(paths.map(payload), JSON.stringify(manifest), 'r.example/app', {
    part: async (name, from, to) => {
      asked += to - from + 1;
      if (serve === 'failed') return { kind: 'failed', failure: noAnswer };
      const blob = blobs.get(name.replace('r.example/app@', ''));
      return { kind: 'found', bytes: serve === 'whole' ? null : (blob?.subarray(from, to + 1) ?? null) };
    },
  });
  return { seen, asked };
}

const shown = async (layers: readonly Layer[], ...paths: readonly string[]) => {
  const { seen } = await look(layers, paths);
  if ('kind' in seen) throw new Error(seen.failure.message);
  return seen.map((each) =>
    each.kind === 'file' ? `${each.bytes} ${each.digest ?? 'directory'}` : each.kind,
  );
};

const base = estargzLayer([
  { type: 'dir', name: 'usr/' },
  tocFile('usr/old', 'old'),
  tocFile('usr/kept', 'kept'),
  tocFile('usr/gone', 'gone'),
  tocFile('opaque/hidden', 'hidden'),
  { type: 'chunk', name: 'usr/kept' },
]);
const top = estargzLayer([
  tocFile('usr/old', 'newer'),
  tocFile('usr/.wh.gone', ''),
  tocFile('opaque/.wh..wh..opq', ''),
  tocFile('opaque/shown', 'shown'),
  { type: 'symlink', name: 'lib', linkName: '/usr' },
  { type: 'symlink', name: 'out', linkName: '../../usr/kept' },
  { type: 'symlink', name: 'loop', linkName: 'loop' },
  { type: 'hardlink', name: 'hard', linkName: 'usr/old' },
  { type: 'char', name: 'device' },
]);

describe('the payloads of an image whose layers have tables of contents', () => {
  test.each<[name: string, path: string, seen: readonly string[]]>([
    ['a file of the base', '/usr/kept', [`4 ${sha256(Buffer.from('kept'))}`]],
    ['a file that a layer replaces', '/usr/old', [`5 ${sha256(Buffer.from('newer'))}`]],
    ['a file that a layer removes', '/usr/gone', ['absent']],
    ['a file in a directory that a layer clears', '/opaque/hidden', ['absent']],
    ['a file that was there never', '/usr/none', ['absent']],
    ['a file below a file', '/usr/kept/x', ['absent']],
    ['a file behind a link', '/lib/kept', [`4 ${sha256(Buffer.from('kept'))}`]],
    ['a link that stays inside', '/out', [`4 ${sha256(Buffer.from('kept'))}`]],
    ['a link to itself', '/loop', ['absent']],
    ['another name of a file', '/hard', [`5 ${sha256(Buffer.from('newer'))}`]],
    ['a directory', '/usr', ['9 directory']],
    ['all of it', '/', ['19 directory']],
    ['a device', '/device', []],
  ])('%s', async (_, path, seen) => {
    expect(await shown([base, top], path)).toEqual(seen);
  });

  test('are read from the tables alone', async () => {
    const blob = Buffer.concat([Buffer.alloc(1_000_000), base.blob]);
    const tocDigest = base.annotations;
    const { asked } = await look([base, top], ['/usr/kept']);
    expect(asked).toBeLessThan(base.blob.length + top.blob.length);
    // The offset in the footer is that of the shorter blob.
    expect((await look([{ blob, annotations: tocDigest }], ['/usr/kept'])).seen).toEqual([]);
  });
});

describe('nothing is said', () => {
  const kept = ['/usr/kept', '/none'];
  const table = (json: string) => estargzOf(Buffer.from(json));
  const annotations = base.annotations;
  test.each<[name: string, layers: readonly Layer[]]>([
    ['of an image without layers', []],
    ['where one layer has no table', [base, { blob: Buffer.from('gzip') }]],
    ['where a table is another one than its digest says', [{ blob: top.blob, annotations }]],
    ['where the blob ends without a footer', [{ blob: Buffer.alloc(5000), annotations }]],
    ['where the blob is shorter than a footer', [{ blob: Buffer.alloc(10), annotations }]],
    ['where the footer leads behind the end', [estargzOf(Buffer.from('{}'), 100_000)]],
    ['where the footer leads into data', [estargzOf(Buffer.from('{}'), 0)]],
    ['where a table is no JSON', [table('{')]],
    ['where a table has another shape', [table('{"entries":[{"type":"reg"}]}')]],
    ['where a name leads out', [table('{"entries":[{"type":"reg","name":"../x","size":1}]}')]],
    [
      'where a hard link leads nowhere',
      [table('{"entries":[{"type":"hardlink","name":"x","linkName":"y"}]}')],
    ],
    ['where a size is none', [table('{"entries":[{"type":"reg","name":"x","size":-1}]}')]],
    ['where a table unpacks to very much', [table(' '.repeat(17 * 1024 * 1024))]],
    [
      'where a digest is none',
      [{ blob: base.blob, annotations: { 'containerd.io/snapshot/stargz/toc.digest': 'x' } }],
    ],
  ])('%s', async (_, layers) => {
    expect((await look(layers, kept)).seen).toEqual([]);
  });

  test('where the registry serves no parts', async () => {
    expect((await look([base], kept, 'whole')).seen).toEqual([]);
  });

  test('but that it failed, where the registry does', async () => {
    expect((await look([base], kept, 'failed')).seen).toEqual({ kind: 'failed', failure: noAnswer });
  });

  test('and nothing asked, where no payload is a path', async () => {
    expect(await look([base], [])).toEqual({ seen: [], asked: 0 });
  });
});

describe('the table of a layer in zstd:chunked', () => {
  // Node.js has zstd since 22.15; another one says nothing.
  const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer };
  const json = Buffer.from(JSON.stringify({ version: 1, entries: [tocFile('a', 'abc')] }));
  const compressed = zstdCompressSync?.(json) ?? Buffer.from('some bytes');
  const blob = Buffer.concat([Buffer.alloc(100), compressed, Buffer.alloc(100)]);
  const prefix = 'io.github.containers.zstd-chunked.manifest';
  const layer = (position: string, digest = sha256(compressed)): Layer => ({
    blob,
    annotations: { [`${prefix}-checksum`]: digest, [`${prefix}-position`]: position },
  });
  const position = `100:${compressed.length}:${json.length}:1`;

  test('is read where this Node.js can', async () => {
    const wanted = zstdCompressSync === undefined ? [] : [`3 ${sha256(Buffer.from('abc'))}`, 'absent'];
    expect(await shown([layer(position)], '/a', '/b')).toEqual(wanted);
  });

  test.each([
    ['another form', position.replace(/1$/, '2')],
    ['behind the end', `100:${blob.length}:5:1`],
    ['nothing', '0:0:0:1'],
    ['no numbers', 'a:b:c:1'],
    ['elsewhere', position.replace('100', '99')],
    ['', ''],
  ])('is not read at a place that is %s', async (_, place) => {
    expect(await shown([layer(place)], '/a')).toEqual([]);
  });

  test('is not read where it is another one', async () => {
    expect(await shown([layer(position, sha256(json))], '/a')).toEqual([]);
  });
});

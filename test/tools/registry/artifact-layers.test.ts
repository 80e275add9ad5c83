import { describe, expect, test } from 'vitest';
import { parseArtifactLayers } from '../../../src/tools/registry/artifact-layers.js';

const digest = `sha256:${'1'.repeat(64)}`;
const title = 'org.opencontainers.image.title';
const read = (manifest: unknown) => parseArtifactLayers(JSON.stringify(manifest));

describe('the files of an artifact', () => {
  test.each<[name: string, layer: object, shown: object]>([
    ['with a title', { mediaType: 'a/b', annotations: { [title]: 'x' } }, { mediaType: 'a/b', title: 'x' }],
    ['with nothing but a digest', {}, { mediaType: '', title: '' }],
    ['with other annotations', { annotations: { a: 'b' } }, { title: '' }],
    ['with nothing for annotations', { annotations: null }, { title: '' }],
    ['with a title that is no text', { annotations: { [title]: 1 } }, { title: '' }],
  ])('%s', (_, layer, shown) => {
    expect(read({ layers: [{ digest, size: 5, ...layer }] })).toMatchObject({
      kind: 'layers',
      layers: [{ digest, size: 5, ...shown }],
    });
  });

  test.each<[name: string, manifest: object]>([
    ['absent', {}],
    ['null', { layers: null }],
    ['none', { layers: [] }],
  ])('%s', (_, manifest) => {
    expect(read(manifest)).toEqual({ kind: 'layers', layers: [] });
  });

  test.each<[name: string, manifest: unknown, problem: RegExp]>([
    ['no list', { layers: {} }, /layers is not a list/],
    [
      'a size below nothing',
      { layers: [{ digest, size: -1 }] },
      /layers\[0\]\.size is not a number of bytes/,
    ],
    ['no digest', { layers: [{ size: 1 }] }, /layers\[0\]\.digest is not a digest/],
    ['no object', [], /is not an object/],
  ])('are unreadable with %s', (_, manifest, problem) => {
    expect(read(manifest)).toEqual({ kind: 'unreadable', problem: expect.stringMatching(problem) });
  });
});

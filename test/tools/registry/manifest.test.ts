import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfigPlatform, parseManifest } from '../../../src/tools/registry/manifest.js';
import { manifestDigest } from '../../../src/tools/registry/manifest-digest.js';

const digest = (character: string) => `sha256:${character.repeat(64)}`;
const blob = (character: string, size: number) => ({ digest: digest(character), size });

const oci = {
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...blob('c', 7) },
  layers: [blob('1', 10), blob('2', 0), blob('1', 10)],
};
const docker = {
  schemaVersion: 2,
  mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
  config: { mediaType: 'application/octet-stream', ...blob('c', 7) },
  layers: [blob('1', 10)],
};
const nothingElsewhere = { hasForeignLayers: false };
const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json';
const amd64 = { architecture: 'amd64', os: 'linux' };

describe('a manifest', () => {
  test.each([
    {
      name: 'of OCI without a media type',
      text: JSON.stringify(oci),
      expected: { kind: 'image', config: blob('c', 7), layers: oci.layers, ...nothingElsewhere },
    },
    {
      name: 'with layers that name their tables of contents',
      text: JSON.stringify({
        ...oci,
        layers: [
          {
            ...blob('1', 10),
            annotations: { 'io.github.containers.zstd-chunked.manifest-checksum': digest('a') },
          },
          { ...blob('2', 10), annotations: { 'containerd.io/snapshot/stargz/toc.digest': digest('b') } },
          { ...blob('3', 10), annotations: { other: 'x' } },
        ],
      }),
      expected: {
        kind: 'image',
        config: blob('c', 7),
        ...nothingElsewhere,
        layers: [
          { ...blob('1', 10), tocDigest: digest('a') },
          { ...blob('2', 10), tocDigest: digest('b') },
          blob('3', 10),
        ],
      },
    },
    {
      name: 'of Docker, whatever the type of its config',
      text: JSON.stringify(docker),
      expected: { kind: 'image', config: blob('c', 7), layers: [blob('1', 10)], ...nothingElsewhere },
    },
    {
      name: 'with a layer that other servers have',
      text: JSON.stringify({ ...oci, layers: [{ ...blob('1', 10), urls: ['https://x.example/1'] }] }),
      expected: { kind: 'image', config: blob('c', 7), layers: [blob('1', 10)], hasForeignLayers: true },
    },
    {
      name: 'whose list of no layers Go has written',
      text: JSON.stringify({ ...oci, layers: null, manifests: null }),
      expected: { kind: 'image', config: blob('c', 7), layers: [], ...nothingElsewhere },
    },
    {
      name: 'of schema 1',
      text: '{"schemaVersion":1,"architecture":"arm","fsLayers":[],"history":[]}',
      expected: { kind: 'schema-1', architecture: 'arm' },
    },
    {
      name: 'of an artifact by its artifactType',
      text: JSON.stringify({ ...oci, artifactType: 'a/b', config: { mediaType: 'c/d' } }),
      expected: { kind: 'other', type: 'a/b', config: null, layers: oci.layers, ...nothingElsewhere },
    },
    {
      name: 'of an artifact by the type of its config',
      text: JSON.stringify({ ...oci, config: { mediaType: 'application/vnd.cncf.helm.config.v1+json' } }),
      expected: {
        kind: 'other',
        type: 'application/vnd.cncf.helm.config.v1+json',
        config: null,
        layers: oci.layers,
        ...nothingElsewhere,
      },
    },
    {
      name: 'of an unknown kind',
      text: '{"mediaType":"application/vnd.oci.artifact.manifest.v1+json","blobs":[]}',
      expected: {
        kind: 'other',
        type: 'application/vnd.oci.artifact.manifest.v1+json',
        config: null,
        layers: null,
        ...nothingElsewhere,
      },
    },
    {
      name: 'that says nothing',
      text: '{}',
      expected: { kind: 'other', type: '', config: null, layers: null, ...nothingElsewhere },
    },
  ])('$name is read', ({ text, expected }) => {
    expect(parseManifest(text)).toEqual(expected);
  });

  test('of an index names its images in order, with platform and compression', () => {
    const text = JSON.stringify({
      manifests: [
        { digest: digest('1'), platform: amd64 },
        {
          digest: digest('2'),
          platform: { ...amd64, architecture: 'arm', variant: 'v7' },
          annotations: { 'io.github.containers.compression.zstd': 'true' },
        },
        { digest: digest('3'), platform: { ...amd64, variant: '' }, annotations: null },
        { digest: digest('4') },
      ],
    });
    expect(parseManifest(text)).toEqual({
      kind: 'index',
      instances: [
        { digest: digest('1'), platform: { ...amd64, variant: null }, isZstd: false },
        { digest: digest('2'), platform: { architecture: 'arm', os: 'linux', variant: 'v7' }, isZstd: true },
        { digest: digest('3'), platform: { ...amd64, variant: null }, isZstd: false },
        { digest: digest('4'), platform: null, isZstd: false },
      ],
    });
  });

  test('of a Docker list names no platform where it has none, and no compression', () => {
    const annotations = { 'io.github.containers.compression.zstd': 'true' };
    const text = JSON.stringify({ mediaType: dockerList, manifests: [{ digest: digest('1'), annotations }] });
    const platform = { architecture: '', os: '', variant: null };
    const instances = [{ digest: digest('1'), platform, isZstd: false }];
    expect(parseManifest(text)).toEqual({ kind: 'index', instances });
  });

  const withLayer = (layer: unknown) => JSON.stringify({ ...oci, layers: [blob('1', 1), layer] });
  const withInstance = (instance: unknown) => JSON.stringify({ manifests: [instance] });
  test.each([
    { text: '', problem: 'it is not JSON (line 1, column 1: it ends in the middle)' },
    { text: '[]', problem: 'it is not an object' },
    { text: 'null', problem: 'it is not an object' },
    { text: '{"mediaType":2,"layers":[]}', problem: 'mediaType is not text' },
    { text: '{"layers":[]}', problem: 'config is not an object' },
    {
      text: '{"config":{"mediaType":"application/vnd.oci.image.config.v1+json"}}',
      problem: 'it names no config by a digest',
    },
    { text: JSON.stringify({ ...oci, layers: {} }), problem: 'layers is not a list' },
    { text: withLayer('x'), problem: 'layers[1] is not an object' },
    { text: withLayer({ size: 1 }), problem: 'layers[1].digest is not a digest' },
    { text: withLayer({ ...blob('G', 1) }), problem: 'layers[1].digest is not a digest' },
    { text: withLayer({ digest: digest('1') }), problem: 'layers[1].size is not a number of bytes' },
    { text: withLayer(blob('1', -1)), problem: 'layers[1].size is not a number of bytes' },
    { text: withLayer(blob('1', 1.5)), problem: 'layers[1].size is not a number of bytes' },
    { text: withLayer(blob('1', 2 ** 53)), problem: 'layers[1].size is not a number of bytes' },
    { text: withInstance(null), problem: 'manifests[0] is not an object' },
    { text: withInstance({ digest: 'sha256:1' }), problem: 'manifests[0].digest is not a digest' },
    {
      text: withInstance({ digest: digest('1'), platform: 'linux' }),
      problem: 'manifests[0].platform is not an object',
    },
    {
      text: withInstance({ digest: digest('1'), platform: { os: 1 } }),
      problem: 'manifests[0].platform.os is not text',
    },
    { text: JSON.stringify({ ...oci, manifests: [] }), problem: 'it is an index as well as an image' },
    {
      text: JSON.stringify({ layers: [], fsLayers: [] }),
      problem: 'it is an image as well as an image of schema 1',
    },
  ])('$text cannot be read', ({ text, problem }) => {
    expect(parseManifest(text)).toEqual({ kind: 'unreadable', problem });
  });

  test('that is a web page is not shown', () => {
    const manifest = parseManifest(`<html>\u001b[2J${'x'.repeat(10_000)}`);
    expect(manifest).toMatchObject({
      kind: 'unreadable',
      problem: expect.stringMatching(/^it is not JSON \(/),
    });
    expect(manifest).toMatchObject({ problem: expect.not.stringMatching(/\u001b|html|xx/) });
  });
});

describe('the config of an image', () => {
  test.each([
    { text: JSON.stringify(amd64), expected: { kind: 'platform', ...amd64, variant: null } },
    {
      text: JSON.stringify({ ...amd64, variant: 'v2' }),
      expected: { kind: 'platform', ...amd64, variant: 'v2' },
    },
    { text: '{}', expected: { kind: 'platform', architecture: '', os: '', variant: null } },
    { text: '{"os":[]}', expected: { kind: 'unreadable', problem: 'os is not text' } },
    { text: '7', expected: { kind: 'unreadable', problem: 'it is not an object' } },
  ])('$text is read', ({ text, expected }) => {
    expect(parseConfigPlatform(text)).toEqual(expected);
  });
});

/** Objects that look like manifests, with values of any type in the places that are read. */
const almostManifest = (() => {
  const anything = fc.jsonValue({ maxDepth: 2 });
  const record = (keys: readonly string[], deeper: fc.Arbitrary<unknown>) =>
    fc.record(Object.fromEntries(keys.map((key) => [key, fc.oneof(anything, deeper)])), { requiredKeys: [] });
  const valid = fc.constantFrom(digest('1'), 1, 7, 'linux', '__proto__', null);
  const platform = record(['architecture', 'os', 'variant'], valid);
  const descriptor = record(['mediaType', 'digest', 'size', 'protected'], valid);
  const instance = record(['digest', 'platform', 'annotations'], fc.oneof(valid, platform));
  return record(
    ['mediaType', 'schemaVersion', 'config', 'layers', 'manifests', 'fsLayers', 'signatures'],
    fc.oneof(descriptor, fc.array(descriptor), fc.array(instance), fc.constantFrom(1, dockerList)),
  );
})();

test('any text is read or refused, and never throws', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    almostManifest.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      expect(['index', 'image', 'schema-1', 'other', 'unreadable']).toContain(parseManifest(candidate).kind);
      expect(['platform', 'unreadable']).toContain(parseConfigPlatform(candidate).kind);
      expect(manifestDigest(candidate)).toMatch(/^sha256:[0-9a-f]{64}$/);
    }),
    { numRuns: 2000 },
  );
});

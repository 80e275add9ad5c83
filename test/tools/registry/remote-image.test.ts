import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Platform } from '../../../src/model/platform.js';
import { parseReference, type RegistryReference } from '../../../src/model/reference/reference.js';
import type { Failed } from '../../../src/tools/registry/found.js';
import { type Ask, lookUpImage } from '../../../src/tools/registry/remote-image.js';
import { foundText } from '../../support/found.js';

const amd64: Platform = { architecture: 'amd64', os: 'linux', variant: null };
const arm: Platform = { architecture: 'arm', os: 'linux', variant: 'v7' };

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const layer = (seed: string, size: number) => ({ digest: digestOf(seed), size });
const layers = [layer('base', 100), layer('app', 20), layer('base', 100)];

/** An image in OCI's form. */
function imageOf(config: object) {
  const text = JSON.stringify(config);
  const mediaType = 'application/vnd.oci.image.config.v1+json';
  const manifest = JSON.stringify({ config: { mediaType, ...layer(text, text.length) }, layers });
  return { config: text, configDigest: digestOf(text), manifest, digest: digestOf(manifest) };
}

const image = imageOf({ architecture: 'amd64', os: 'linux' });

/** A registry that has these texts at `r.example/app`, and remembers the questions. */
function registryOf(texts: { readonly [what: string]: string | Failed }) {
  const asked: string[] = [];
  const answer = (what: string) => {
    asked.push(what);
    const text = texts[what] ?? absent;
    return typeof text === 'string' ? foundText(text) : text;
  };
  const place = (name: string) => name.replace('r.example/app', '');
  const ask: Ask = {
    manifest: async (name) => answer(`manifest ${place(name)}`),
    config: async (name) => answer(`config ${place(name)}`),
  };
  return { ask, asked };
}

const absent: Failed = {
  kind: 'failed',
  failure: { code: 'manifest-unknown', kind: 'permanent', message: 'manifest unknown', hint: null },
};

function referenceOf(text: string): RegistryReference {
  const parsed = parseReference(text);
  if (!parsed.ok || parsed.reference.transport !== 'docker') throw new Error(text);
  return parsed.reference;
}

const tagged = referenceOf('r.example/app:1');

describe('an image outside of an index', () => {
  test('is described by its manifest and its config', async () => {
    const { ask, asked } = registryOf({
      'manifest :1': image.manifest,
      [`config @${image.configDigest}`]: image.config,
    });
    expect(await lookUpImage(ask, tagged, amd64, true)).toMatchObject({
      kind: 'found',
      image: { digest: image.digest, layers },
      instanceDigest: image.digest,
    });
    expect(asked).toEqual(['manifest :1', `config @${image.configDigest}`]);
  });

  test('is asked for by its digest where it has a tag as well', async () => {
    const { ask, asked } = registryOf({ [`manifest @${image.digest}`]: '{}' });
    await lookUpImage(ask, referenceOf(`r.example/app:1@${image.digest}`), amd64, true);
    expect(asked).toEqual([`manifest @${image.digest}`]);
  });

  test.each([
    { config: { architecture: 'x86_64', os: 'Linux' }, wanted: amd64 },
    { config: {}, wanted: amd64 },
    { config: { architecture: 'arm', os: 'linux' }, wanted: arm },
    { config: { architecture: 'arm', os: 'linux', variant: 'v6' }, wanted: arm },
  ])('may call its platform $config', async ({ config, wanted }) => {
    const { manifest, digest, ...other } = imageOf(config);
    const { ask } = registryOf({ 'manifest :1': manifest, [`config @${other.configDigest}`]: other.config });
    expect(await lookUpImage(ask, tagged, wanted, true)).toMatchObject({
      kind: 'found',
      image: { digest, layers },
      instanceDigest: digest,
    });
  });

  test.each([
    {
      config: { architecture: 's390x', os: 'linux' },
      wanted: amd64,
      message: 'the image is for linux/s390x, and linux/amd64 is wanted',
    },
    {
      config: { architecture: 'amd64', os: 'windows' },
      wanted: amd64,
      message: 'the image is for windows/amd64, and linux/amd64 is wanted',
    },
    {
      config: { architecture: 'arm', os: 'linux', variant: 'v8' },
      wanted: arm,
      message: 'the image is for linux/arm/v8, and linux/arm/v7 is wanted',
    },
    {
      config: { architecture: '\u001b[1m', os: 'linux' },
      wanted: amd64,
      message: 'the image is for linux/\\x1b[1m, and linux/amd64 is wanted',
    },
  ])('is refused when $message', async ({ config, wanted, message }) => {
    const { manifest, digest, ...other } = imageOf(config);
    const { ask } = registryOf({ 'manifest :1': manifest, [`config @${other.configDigest}`]: other.config });
    expect(await lookUpImage(ask, tagged, wanted, true)).toEqual({
      kind: 'failed',
      failure: { code: 'no-platform', kind: 'permanent', message, hint: null },
    });
  });

  test('has unknown layers in schema 1', async () => {
    const manifest = '{"schemaVersion":1,"architecture":"amd64","fsLayers":[{}],"history":[{}]}';
    const { ask, asked } = registryOf({ 'manifest :1': manifest });
    const digest = digestOf(manifest);
    expect(await lookUpImage(ask, tagged, amd64, true)).toMatchObject({
      kind: 'found',
      image: { digest, layers: null },
      instanceDigest: digest,
    });
    expect(asked).toEqual(['manifest :1']);
    expect(await lookUpImage(ask, tagged, arm, true)).toMatchObject({ failure: { code: 'no-platform' } });
  });
});

describe('an index', () => {
  const indexOf = (...manifests: readonly object[]) => JSON.stringify({ manifests });
  const platform = { architecture: 'amd64', os: 'linux' };
  const foreign = { digest: digestOf('foreign'), platform: { architecture: 's390x', os: 'linux' } };

  test('leads to the manifest for the platform, and no config is needed', async () => {
    const index = indexOf(foreign, { digest: image.digest, platform });
    const { ask, asked } = registryOf({
      'manifest :1': index,
      [`manifest @${image.digest}`]: image.manifest,
    });
    expect(await lookUpImage(ask, tagged, amd64, true)).toMatchObject({
      kind: 'found',
      image: { digest: digestOf(index), layers },
      instanceDigest: image.digest,
    });
    expect(asked).toEqual(['manifest :1', `manifest @${image.digest}`]);
  });

  test.each([
    { name: 'zstd layers first', prefersZstd: true, expected: image.digest },
    { name: 'the first image', prefersZstd: false, expected: digestOf('gzip') },
  ])('leads to $name as podman prefers it', async ({ prefersZstd, expected }) => {
    const annotations = { 'io.github.containers.compression.zstd': 'true' };
    const gzip = { digest: digestOf('gzip'), platform };
    const index = indexOf(gzip, { digest: image.digest, platform, annotations });
    const { ask, asked } = registryOf({ 'manifest :1': index });
    await lookUpImage(ask, tagged, amd64, prefersZstd);
    expect(asked).toEqual(['manifest :1', `manifest @${expected}`]);
  });

  test('that names no platform leaves it to the config', async () => {
    const other = imageOf(foreign.platform);
    const { ask } = registryOf({
      'manifest :1': indexOf({ digest: other.digest }),
      [`manifest @${other.digest}`]: other.manifest,
      [`config @${other.configDigest}`]: other.config,
    });
    const s390x = { ...foreign.platform, variant: null };
    expect(await lookUpImage(ask, tagged, s390x, true)).toMatchObject({ kind: 'found' });
    expect(await lookUpImage(ask, tagged, amd64, true)).toMatchObject({ failure: { code: 'no-platform' } });
  });

  test.each([
    {
      name: 'no image for the platform',
      index: indexOf(foreign, foreign),
      message: 'the index has no image for linux/amd64; it has linux/s390x',
    },
    {
      name: 'no image',
      index: indexOf(),
      message: 'the index has no image for linux/amd64; it has no platform',
    },
    {
      name: 'another index for the platform',
      index: indexOf({ digest: digestOf(indexOf()), platform }),
      message: 'the index names another index for linux/amd64, which podman refuses',
    },
  ])('is refused when it has $name', async ({ index, message }) => {
    const { ask } = registryOf({ 'manifest :1': index, [`manifest @${digestOf(indexOf())}`]: indexOf() });
    expect(await lookUpImage(ask, tagged, amd64, true)).toEqual({
      kind: 'failed',
      failure: { code: 'no-platform', kind: 'permanent', message, hint: null },
    });
  });
});

describe('what cannot be used', () => {
  const helm = { mediaType: 'application/vnd.cncf.helm.config.v1+json' };
  test.each([
    {
      name: 'an artifact',
      manifest: JSON.stringify({ config: helm, layers }),
      failure: {
        code: 'unknown',
        kind: 'permanent',
        message: 'this is not an image, but application/vnd.cncf.helm.config.v1+json',
        hint: null,
      },
    },
    {
      name: 'something without a type',
      manifest: '{}',
      failure: {
        code: 'unknown',
        kind: 'permanent',
        message: 'this is not an image, but something of no type',
        hint: null,
      },
    },
    {
      name: 'something that is not JSON',
      manifest: '',
      failure: {
        code: 'corrupt',
        kind: 'transient',
        message:
          "the registry's manifest cannot be read: it is not JSON (line 1, column 1: it ends in the middle)",
        hint: null,
      },
    },
    { name: 'what is not there', manifest: absent, failure: absent.failure },
  ])('is a failure: $name', async ({ manifest, failure }) => {
    const { ask } = registryOf({ 'manifest :1': manifest });
    expect(await lookUpImage(ask, tagged, amd64, true)).toEqual({ kind: 'failed', failure });
  });

  test.each([
    { name: 'not there', config: absent, code: 'manifest-unknown' },
    { name: 'no object', config: '[]', code: 'corrupt' },
  ])('is a failure: a config that is $name', async ({ config, code }) => {
    const { ask } = registryOf({ 'manifest :1': image.manifest, [`config @${image.configDigest}`]: config });
    expect(await lookUpImage(ask, tagged, amd64, true)).toMatchObject({ kind: 'failed', failure: { code } });
  });
});

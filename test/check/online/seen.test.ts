import { describe, expect, test } from 'vitest';
import { type Seen, see } from '../../../src/check/online/seen.js';
import { nowhere } from '../../../src/diagnostic/place.js';
import type { Failed } from '../../../src/tools/registry/found.js';
import { manifestDigest } from '../../../src/tools/registry/manifest-digest.js';
import { foundText, noContent } from '../../support/found.js';
import { resolvedImage } from '../../support/planned-image.js';

const amd64 = { architecture: 'amd64', os: 'linux', variant: null };
const arm64 = { architecture: 'arm64', os: 'linux', variant: null };

const absent: Failed = {
  kind: 'failed',
  failure: { code: 'manifest-unknown', kind: 'permanent', message: 'manifest unknown', hint: null },
};
const unauthorized: Failed = {
  kind: 'failed',
  failure: { code: 'unauthorized', kind: 'permanent', message: 'unauthorized', hint: null },
};

const layer = { digest: `sha256:${'1'.repeat(64)}`, size: 10 };
const config = JSON.stringify({ ...amd64, config: { Labels: { both: 'label', label: 'l' } } });
const manifest = JSON.stringify({
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: manifestDigest(config) },
  layers: [layer, { digest: `sha256:${'2'.repeat(64)}`, size: 5 }, layer],
  annotations: { both: 'manifest', manifest: 'm', level: 'manifest' },
});
const digest = manifestDigest(manifest);
const index = JSON.stringify({
  manifests: [{ digest, platform: { architecture: 'amd64', os: 'linux' } }],
  annotations: { both: 'index', index: 'i', level: 'index' },
});

/** What is seen at a registry that has these texts at `r.example/app`, and what was asked. */
async function look(
  text: string,
  texts: { readonly [what: string]: string | Failed },
  { platforms = [amd64], expects = false, tags = [] as readonly string[] } = {},
) {
  const asked: string[] = [];
  const answer = (what: string) => {
    asked.push(what);
    const found = texts[what] ?? absent;
    return typeof found === 'string' ? foundText(found) : found;
  };
  const place = (name: string) => name.replace('r.example/app', '');
  const { image } = resolvedImage(text);
  if (image.reference.transport !== 'docker') throw new Error(text);
  const seen = await see(
    {
      manifest: async (name) => answer(`manifest ${place(name)}`),
      config: async (name) => answer(`config ${place(name)}`),
      tags: async () => absent,
      part: async () => absent,
      place: () => noContent,
    },
    expects ? { ...image, expectations: [{ key: 'x', wanted: 'y', place: nowhere }] } : image,
    image.reference,
    platforms,
    tags,
  );
  return { seen, asked };
}

function metadataOf(seen: Seen | Failed): unknown {
  const [found] = seen.kind === 'seen' ? seen.platforms : [];
  return found?.kind === 'found' ? Object.fromEntries(found.metadata) : found;
}

const served = {
  'manifest :1': index,
  [`manifest @${digest}`]: manifest,
  [`config @${manifestDigest(config)}`]: config,
};

describe('an image', () => {
  test('is asked for no config behind an index, and counts a layer once', async () => {
    const { seen, asked } = await look('r.example/app:1', served);
    expect(seen).toEqual({
      kind: 'seen',
      digest: manifestDigest(index),
      isIndex: true,
      platforms: [{ kind: 'found', platform: amd64, digest, bytes: 15, metadata: new Map(), payloads: [] }],
      movedTags: [],
    });
    expect(asked).toEqual(['manifest :1', `manifest @${digest}`]);
  });

  test('is asked for nothing twice on several platforms', async () => {
    const texts = { 'manifest :1': manifest, [`config @${manifestDigest(config)}`]: config };
    const { seen, asked } = await look('r.example/app:1', texts, {
      platforms: [amd64, arm64],
      expects: true,
    });
    expect(seen).toMatchObject({
      isIndex: false,
      platforms: [
        { kind: 'found', platform: amd64 },
        {
          kind: 'missing',
          platform: arm64,
          problem: 'the image is for linux/amd64, and linux/arm64 is wanted',
        },
      ],
    });
    expect(asked).toEqual(['manifest :1', `config @${manifestDigest(config)}`]);
  });

  test('says its labels, then the annotations of its manifest, then those of the index', async () => {
    const { seen } = await look('r.example/app:1', served, { expects: true });
    expect(metadataOf(seen)).toEqual({
      both: 'label',
      label: 'l',
      manifest: 'm',
      level: 'manifest',
      index: 'i',
    });
  });

  test.each([
    { name: 'no config in its config', text: '{}', labels: {} },
    { name: 'no labels', text: '{"config":{"Labels":null}}', labels: {} },
    {
      name: 'a label of that name',
      text: '{"config":{"Labels":{"__proto__":"x"}}}',
      labels: { ['__proto__']: 'x' },
    },
  ])('may have $name', async ({ text, labels }) => {
    const plain = JSON.stringify({ ...JSON.parse(manifest), annotations: undefined });
    const texts = { 'manifest :1': plain, [`config @${manifestDigest(config)}`]: text };
    const { seen } = await look('r.example/app:1', texts, { expects: true });
    expect(metadataOf(seen)).toEqual(labels);
  });

  test('with labels that are no texts cannot be read', async () => {
    const texts = { ...served, [`config @${manifestDigest(config)}`]: '{"config":{"Labels":{"a":1}}}' };
    const { seen } = await look('r.example/app:1', texts, { expects: true });
    expect(seen).toMatchObject({
      failure: { code: 'corrupt', message: expect.stringContaining('config.Labels.a is not text') },
    });
  });

  test('fails as a whole where one answer is refused', async () => {
    const texts = { ...served, [`config @${manifestDigest(config)}`]: unauthorized };
    expect((await look('r.example/app:1', texts, { expects: true })).seen).toEqual(unauthorized);
  });
});

describe('a tag beside a digest', () => {
  const pinned = { [`manifest @${digest}`]: manifest, [`config @${manifestDigest(config)}`]: config };
  const moved = (now: string | null) => [{ kind: 'moved', tag: '1', name: 'r.example/app:1', digest: now }];
  const other = JSON.stringify({ manifests: [] });

  test.each([
    { name: 'agrees', tag: manifest, expected: [] },
    { name: 'agrees where its index has the digest', tag: index, expected: [] },
    { name: 'has moved', tag: other, expected: moved(manifestDigest(other)) },
    { name: 'is gone', tag: absent, expected: moved(null) },
  ])('$name', async ({ tag, expected }) => {
    const { seen } = await look(
      `r.example/app:1@${digest}`,
      { ...pinned, 'manifest :1': tag },
      { tags: ['1'] },
    );
    expect(seen).toMatchObject({ kind: 'seen', movedTags: expected });
  });

  test('is not known to have moved where nobody answers', async () => {
    const texts = { ...pinned, 'manifest :1': unauthorized };
    expect((await look(`r.example/app:1@${digest}`, texts, { tags: ['1'] })).seen).toEqual(unauthorized);
  });
});

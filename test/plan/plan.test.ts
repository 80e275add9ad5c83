import { describe, expect, test } from 'vitest';
import type { PullPolicy } from '../../src/model/plan.js';
import type { Looked, RegistryView } from '../../src/model/ports.js';
import type { ImageProof } from '../../src/model/store.js';
import { planPulls } from '../../src/plan/plan.js';
import { resolve } from '../../src/resolve/resolve.js';
import { scan } from '../../src/scan/scan.js';
import { parseStoreImages } from '../../src/tools/podman/store-images.js';
import { noContent } from '../support/found.js';
import { resolvedImage } from '../support/planned-image.js';
import { makeRoots } from '../support/roots.js';
import { soundImage } from '../support/sound-image.js';

const [a, b] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`);

/** As podman 4.3.1 and 5.8 print it, less the fields that nobody reads. */
const stored = parseStoreImages(
  JSON.stringify([
    { Id: '1', Names: ['quay.io/x/tag:1'], RepoDigests: [`quay.io/x/tag@${a}`], Size: 1 },
    { Id: '2', Names: [`quay.io/x/digest@${a}`], RepoDigests: [`quay.io/x/digest@${a}`], Size: 1 },
    {
      Id: '3',
      Names: ['docker.io/library/nginx:latest'],
      RepoDigests: [`docker.io/library/nginx@${a}`],
      Size: 1,
    },
    { Id: '4', Names: null, RepoDigests: null, Size: 1 },
  ]),
);

/** The image of a registry; its layers are `10` and `20` bytes long. */
function remote(digest: string | undefined): Looked {
  return {
    kind: 'found',
    image: {
      digest: digest ?? '',
      layers: [
        { digest: 'sha256:base', size: 10 },
        { digest: 'sha256:own', size: 20 },
      ],
      content: noContent,
    },
  };
}

interface Answers {
  readonly looked?: Looked;
  readonly tags?: readonly string[];
  readonly layers?: readonly string[];
  /** By the ID of an image in the store; sound unless it says otherwise. */
  readonly proofs?: Readonly<Record<string, Partial<ImageProof>>>;
}

async function planTree(toml: string, policy: PullPolicy, answers: Answers) {
  const roots = makeRoots({ 'usr/lib/bound-images.d/x.toml': toml });
  let asked = 0;
  const registry: RegistryView = {
    image: async (_, known) => {
      asked += 1;
      if (answers.looked === undefined) throw new Error('nobody was to be asked');
      const { looked } = answers;
      if (looked.kind !== 'found' || !known.includes(looked.image.digest)) return looked;
      return { kind: 'same', digest: looked.image.digest };
    },
    tags: async () => ({ kind: 'found', tags: answers.tags ?? [] }),
  };
  const store = {
    images: stored,
    artifact: async () => undefined,
    proofOf: (id: string) => ({ ...soundImage(), ...answers.proofs?.[id] }),
    layers: async () => new Set(answers.layers ?? []),
  };
  const planned = await planPulls(resolve(scan(roots.newRoot).images, roots).images, policy, store, registry);
  return { asked, ...planned };
}

async function plan(reference: string, policy: PullPolicy, looked?: Looked) {
  const planned = await planTree(`images = ["${reference}"]`, policy, looked === undefined ? {} : { looked });
  const [image] = planned.images;
  return {
    state: image?.state,
    digest: image?.digest,
    asked: planned.asked,
    findings: planned.diagnostics.map(({ rule }) => rule),
  };
}

describe('what is in the store', () => {
  test.each([
    {
      name: 'is present by digest, and nobody is asked',
      reference: `quay.io/x/digest@${a}`,
      state: 'present',
      digest: a,
    },
    {
      name: 'is present by digest when it was pulled by tag',
      reference: `quay.io/x/tag@${a}`,
      state: 'present',
      digest: a,
    },
    {
      name: 'is present by digest whatever the tag beside it',
      reference: `quay.io/x/tag:9@${a}`,
      state: 'present',
      digest: a,
    },
  ])('$name', async ({ reference, state, digest }) => {
    expect(await plan(reference, 'newer')).toEqual({ state, digest, asked: 0, findings: [] });
  });

  test.each([
    { name: 'by another digest', reference: `quay.io/x/digest@${b}`, digest: b },
    { name: 'by the same digest of another repository', reference: `quay.io/y/digest@${a}`, digest: a },
    { name: 'by another tag', reference: 'quay.io/x/tag:2', digest: b },
  ])('is missing $name', async ({ reference, digest }) => {
    const result = await plan(reference, 'missing', remote(digest));
    expect(result).toEqual({ state: 'missing', digest, asked: 1, findings: [] });
  });

  test.each([
    { name: 'under its full name', reference: 'docker.io/library/nginx:latest' },
    { name: 'without the tag', reference: 'docker.io/library/nginx' },
    { name: 'without the library', reference: 'docker.io/nginx' },
    { name: 'without the registry', reference: 'library/nginx' },
    { name: 'without registry and library', reference: 'nginx' },
  ])('is found $name', async ({ reference }) => {
    expect(await plan(reference, 'missing')).toMatchObject({ state: 'present', digest: a });
  });
});

test.each(['nginx', 'x/tag:1'])(
  'the short name %s is not asked for: nobody knows the registry',
  async (reference) => {
    expect(await plan(reference, 'newer')).toMatchObject({ state: 'present', digest: a, asked: 0 });
  },
);

describe('a short name that the store has under a name in full', () => {
  const short = async (pulled: string, policy: PullPolicy, looked: Looked) => {
    const shortNames = { stored: ['quay.io/x/tag:1'], pulled: [pulled] };
    const registry = { image: async () => looked, tags: async () => ({ kind: 'found', tags: [] }) as const };
    const store = {
      images: stored,
      artifact: async () => undefined,
      proofOf: soundImage,
      layers: async () => new Set<string>(),
    };
    const planned = await planPulls([resolvedImage('app:1', { shortNames })], policy, store, registry);
    return planned.images[0];
  };
  const same: Looked = { kind: 'same', digest: a ?? '' };

  test('is present where it may not be asked for', async () => {
    expect(await short('quay.io/x/tag:1', 'missing', remote(b))).toMatchObject({
      state: 'present',
      digest: a,
    });
  });

  test('is compared with its registry, and stays', async () => {
    expect(await short('quay.io/x/tag:1', 'newer', same)).toMatchObject({ state: 'present', digest: a });
  });

  test('is compared with its registry, and is stale', async () => {
    expect(await short('quay.io/x/tag:1', 'newer', remote(b))).toMatchObject({ state: 'stale', digest: b });
  });

  test('is not compared where podman takes what is here for another image than it would pull', async () => {
    expect(await short('b.example.com/tag:1', 'newer', remote(b))).toMatchObject({
      state: 'present',
      digest: a,
    });
  });
});

const refused = { code: 'connection', kind: 'transient', message: 'refused', hint: null } as const;

describe('a tag in the store', () => {
  test('is asked for, and present while the registry has the same', async () => {
    const result = await plan('quay.io/x/tag:1', 'newer', remote(a));
    expect(result).toEqual({ state: 'present', digest: a, asked: 1, findings: [] });
  });

  test('is stale when the registry has another', async () => {
    const result = await plan('quay.io/x/tag:1', 'newer', remote(b));
    expect(result).toEqual({ state: 'stale', digest: b, asked: 1, findings: [] });
  });

  test('stays present, with a warning, when the registry does not answer', async () => {
    const result = await plan('quay.io/x/tag:1', 'newer', { kind: 'failed', error: refused });
    expect(result).toEqual({ state: 'present', digest: a, asked: 1, findings: ['tag-not-compared'] });
  });

  test('is not asked for under the policy missing', async () => {
    expect(await plan('quay.io/x/tag:1', 'missing')).toMatchObject({ state: 'present', asked: 0 });
  });

  test('is pulled again under the policy always', async () => {
    expect(await plan('quay.io/x/tag:1', 'always', remote(a))).toMatchObject({ state: 'stale' });
  });
});

describe('layers', () => {
  test('are marked as present where the store has them', async () => {
    const planned = await planTree('images = ["quay.io/x/new:1"]', 'newer', {
      looked: remote(a),
      layers: ['sha256:base'],
    });
    expect(planned.images[0]?.layers).toEqual([
      { digest: 'sha256:base', size: 10, present: true },
      { digest: 'sha256:own', size: 20, present: false },
    ]);
  });

  test('are marked as present where the store knows them by their tables of contents', async () => {
    const inParts = { digest: 'sha256:base', size: 10, tocDigest: 'sha256:toc' };
    const planned = await planTree('images = ["quay.io/x/new:1"]', 'newer', {
      looked: {
        kind: 'found',
        image: {
          digest: 'sha256:image',
          layers: [inParts, { digest: 'sha256:own', size: 20 }],
          content: noContent,
        },
      },
      layers: ['sha256:toc'],
    });
    expect(planned.images[0]?.layers).toMatchObject([
      { digest: 'sha256:base', present: true },
      { digest: 'sha256:own', present: false },
    ]);
  });

  test('are unknown when the registry does not answer, and the pull will try again', async () => {
    const planned = await planTree('images = ["quay.io/x/new:1"]', 'newer', {
      looked: { kind: 'failed', error: refused },
    });
    expect(planned.images[0]).toMatchObject({ state: 'missing', layers: null, error: null });
  });

  test('of an archive come over no network', async () => {
    const planned = await planTree('images = ["oci-archive:/usr/lib/x.tar"]', 'newer', {});
    expect(planned).toMatchObject({ asked: 0, images: [{ state: 'missing', layers: [] }] });
  });
});

test('an image that the registry does not have fails before anything is pulled', async () => {
  const error = { code: 'manifest-unknown', kind: 'permanent', message: 'unknown', hint: null } as const;
  const planned = await planTree('images = ["quay.io/x/new:1"]', 'newer', {
    looked: { kind: 'failed', error },
  });
  expect(planned.images[0]).toMatchObject({ state: 'missing', error });
});

const otherPlatform = { os: 'linux', architecture: 's390x', variant: null };
const damage = { problem: 'no diff', layers: ['x'] };

test.each([
  { name: 'for another platform', proof: { platform: otherPlatform }, state: 'stale', code: 'no-platform' },
  { name: 'damaged', proof: { damage }, state: 'missing', code: 'damaged' },
  { name: 'both', proof: { platform: otherPlatform, damage }, state: 'stale', code: 'no-platform' },
  { name: 'of unknown content', proof: { unproved: 'btrfs' }, state: 'present', code: undefined },
  {
    name: 'of a platform that does not say all',
    proof: { platform: { ...otherPlatform, architecture: '' } },
    state: 'present',
    code: undefined,
  },
])('an image in the store that is $name is $state', async ({ proof, state, code }) => {
  for (const policy of ['newer', 'missing'] as const) {
    const toml = `images = ["quay.io/x/digest@${a}"]`;
    const { images } = await planTree(toml, policy, { looked: remote(a), proofs: { 2: proof } });
    expect(images.map((image) => [image.state, image.problem?.code, image.error])).toEqual([
      [state, code, null],
    ]);
  }
});

test('a damaged image whose registry does not answer is known not to be had, so that it stays', async () => {
  const looked = { kind: 'failed', error: refused } as const;
  const toml = `images = ["quay.io/x/digest@${a}"]`;
  const { images } = await planTree(toml, 'newer', { looked, proofs: { 2: { damage } } });
  expect(images).toMatchObject([{ state: 'missing', error: refused, problem: { code: 'damaged' } }]);
});

test('whose content was to be proved and cannot be fails, and is not pulled', async () => {
  const proofs = { 2: { unproved: 'btrfs', isDeep: true } };
  const { images, asked } = await planTree(`images = ["quay.io/x/digest@${a}"]`, 'newer', { proofs });
  expect(images).toMatchObject([{ state: 'present', error: { code: 'unproved', kind: 'permanent' } }]);
  expect(asked).toBe(0);
});

test.each([
  { architecture: 'arm64', state: 'present', asked: 0 },
  { architecture: 'amd64', state: 'stale', asked: 1 },
])(
  'a stored image for $architecture is $state when arm64 is bound',
  async ({ architecture, state, asked }) => {
    const toml = `[[image]]\nreference = "quay.io/x/digest@${a}"\narch = "arm64"\n`;
    const platform = { os: 'linux', architecture, variant: null };
    const planned = await planTree(toml, 'newer', { looked: remote(a), proofs: { 2: { platform } } });
    expect(planned).toMatchObject({ asked, images: [{ state }] });
  },
);

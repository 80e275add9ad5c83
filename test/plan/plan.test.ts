import { describe, expect, test } from 'vitest';
import { type PullPolicy, planPulls, type RemoteDigest } from '../../src/plan/plan.js';
import { parseStoreImages } from '../../src/podman/store-images.js';
import { resolve } from '../../src/resolve/resolve.js';
import { scan } from '../../src/scan/scan.js';
import { makeRoots } from '../support/roots.js';

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

async function plan(reference: string, policy: PullPolicy, remote?: RemoteDigest) {
  const roots = makeRoots({ 'usr/lib/bound-images.d/x.toml': `images = ["${reference}"]` });
  let asked = 0;
  const ask = async () => {
    asked += 1;
    if (remote === undefined) throw new Error('nobody was to be asked');
    return remote;
  };
  const planned = await planPulls(resolve(scan(roots.newRoot).images, roots).images, stored, policy, ask);
  const [image] = planned.images;
  return {
    state: image?.state,
    digest: image?.digest,
    asked,
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
    { name: 'is missing by another digest', reference: `quay.io/x/digest@${b}`, state: 'missing', digest: b },
    {
      name: 'is missing by the same digest of another repository',
      reference: `quay.io/y/digest@${a}`,
      state: 'missing',
      digest: a,
    },
    { name: 'is missing by another tag', reference: 'quay.io/x/tag:2', state: 'missing', digest: null },
  ])('$name', async ({ reference, state, digest }) => {
    expect(await plan(reference, 'newer')).toEqual({ state, digest, asked: 0, findings: [] });
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

describe('a tag in the store', () => {
  test('is asked for, and present while the registry has the same', async () => {
    const result = await plan('quay.io/x/tag:1', 'newer', { kind: 'found', digest: a ?? '' });
    expect(result).toEqual({ state: 'present', digest: a, asked: 1, findings: [] });
  });

  test('is stale when the registry has another', async () => {
    const result = await plan('quay.io/x/tag:1', 'newer', { kind: 'found', digest: b ?? '' });
    expect(result).toEqual({ state: 'stale', digest: b, asked: 1, findings: [] });
  });

  test('stays present, with a warning, when the registry does not answer', async () => {
    const failure = { code: 'connection', kind: 'transient', message: 'refused' } as const;
    const result = await plan('quay.io/x/tag:1', 'newer', { kind: 'failed', failure });
    expect(result).toEqual({ state: 'present', digest: a, asked: 1, findings: ['tag-not-compared'] });
  });

  test('is not asked for under the policy missing', async () => {
    expect(await plan('quay.io/x/tag:1', 'missing')).toMatchObject({ state: 'present', asked: 0 });
  });

  test('is pulled again without asking under the policy always', async () => {
    expect(await plan('quay.io/x/tag:1', 'always')).toMatchObject({ state: 'stale', asked: 0 });
  });
});

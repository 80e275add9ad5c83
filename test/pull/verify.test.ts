import { describe, expect, test } from 'vitest';
import { nowhere } from '../../src/diagnostic/place.js';
import type { Failure } from '../../src/model/failure.js';
import type { PlannedImage } from '../../src/model/plan.js';
import type { ImageProof, StoreContent, StoreImage } from '../../src/model/store.js';
import { type PullAttempts, verify } from '../../src/pull/verify.js';
import { plannedImage } from '../support/planned-image.js';
import { soundImage } from '../support/sound-image.js';

const [a = '', b = '', c = ''] = ['a', 'b', 'c'].map((digit) => `sha256:${digit.repeat(64)}`);
const error = { code: 'connection', kind: 'transient', message: 'reset', hint: null } as const;
const allTags = { allTags: { value: true, place: nowhere } };
const arm64 = { arch: { value: 'arm64', place: nowhere } };

function stored(id: string, names: readonly string[], digests: readonly string[]): StoreImage {
  return { id, names, repoDigests: digests.map((digest) => `quay.io/x/y@${digest}`), size: null };
}

const tagged = (digest: string, id = 'id') => [stored(id, ['quay.io/x/y:1'], [digest])];

interface Case {
  readonly planned: PlannedImage;
  readonly attempts?: number;
  readonly ids?: readonly string[];
  readonly error?: Failure | null;
  /** What the store holds; `null` where it was not asked. */
  readonly store?: readonly StoreImage[] | null;
  readonly artifact?: string;
  /** podman could get nothing but what was planned. */
  readonly isPinned?: boolean;
  /** By ID; sound unless it says otherwise. */
  readonly proofs?: Readonly<Record<string, Partial<ImageProof>>>;
}

function judge({
  planned,
  attempts = 1,
  ids = ['id'],
  error: failed = null,
  store = [],
  artifact,
  isPinned = false,
  proofs = {},
}: Case) {
  const cost = { attempts, seconds: 1.5, received: 70 };
  const done: PullAttempts = { planned, original: planned, isPinned, ids, ...cost, error: failed };
  const after: StoreContent | undefined =
    store === null
      ? undefined
      : {
          images: store,
          artifacts: new Map(artifact === undefined ? [] : [[planned.resolved, artifact]]),
          proofOf: (id: string) => ({ ...soundImage(), ...proofs[id] }),
        };
  return verify(done, after);
}

const untouched = { attempts: 0, ids: [] };

test('carries over what the pull cost, and who it was for', () => {
  const planned = plannedImage('quay.io/x/y:1', { digest: a });
  expect(judge({ planned, store: tagged(a), attempts: 2 })).toEqual({
    planned,
    state: 'pulled',
    digest: a,
    id: 'id',
    bytes: 70,
    attempts: 2,
    seconds: 1.5,
    error: null,
  });
});

test('nothing is proved by a store that cannot be asked', () => {
  const unasked: Failure = { code: 'not-in-store', kind: 'transient', message: 'no answer', hint: null };
  const planned = plannedImage('quay.io/x/y:1', { digest: a });
  const cost = { attempts: 1, seconds: 1, received: 1 };
  const done = { planned, original: planned, isPinned: false, ids: ['id'], ...cost };
  expect(verify({ ...done, error: null }, unasked)).toMatchObject({ state: 'failed', error: unasked });
  expect(verify({ ...done, error }, unasked)).toMatchObject({ state: 'failed', error });
});

test('a tag is what it was when it was planned, where podman could get nothing else', () => {
  const planned = plannedImage('quay.io/x/y:1', { digest: a });
  expect(judge({ planned, store: tagged(b), isPinned: true })).toMatchObject({
    state: 'failed',
    error: { code: 'not-in-store' },
  });
  expect(judge({ planned, store: tagged(a), isPinned: true })).toMatchObject({ state: 'pulled', digest: a });
});

describe('with nothing to pull', () => {
  test('what is present is present as planned, and the store is not asked again', () => {
    const planned = plannedImage('quay.io/x/y:1', { state: 'present', digest: a, id: 'old' });
    expect(judge({ planned, ...untouched, store: null })).toMatchObject({
      state: 'present',
      digest: a,
      id: 'old',
      error: null,
    });
  });

  test.each(['missing', 'stale'] as const)(
    'what is %s has failed for the reason that the plan knows',
    (state) => {
      const planned = plannedImage('quay.io/x/y:1', { state, error, digest: a, id: 'old' });
      expect(judge({ planned, ids: [], error, store: null })).toMatchObject({
        state: 'failed',
        digest: null,
        id: null,
        error,
      });
    },
  );
});

describe.each([
  { name: 'a tag', reference: 'quay.io/x/y:1', store: tagged(a) },
  { name: 'the latest tag', reference: 'quay.io/x/y', store: [stored('id', ['quay.io/x/y:latest'], [a])] },
  { name: 'a digest', reference: `quay.io/x/y@${a}`, store: tagged(a) },
  { name: 'a tag and a digest', reference: `quay.io/x/y:9@${a}`, store: tagged(a) },
])('$name', ({ reference, store }) => {
  const name = { digest: a, id: null };

  test('is pulled when the store has it', () => {
    const planned = plannedImage(reference, name);
    expect(judge({ planned, store })).toMatchObject({ state: 'pulled', digest: a, id: 'id', error: null });
  });

  test('is pulled when the store has it, whatever podman said', () => {
    const planned = plannedImage(reference, name);
    expect(judge({ planned, store, error, ids: [] })).toMatchObject({
      state: 'pulled',
      digest: a,
      error: null,
    });
  });

  test('has failed when the store does not have it, whatever podman said', () => {
    const planned = plannedImage(reference, name);
    expect(judge({ planned })).toMatchObject({
      state: 'failed',
      digest: null,
      id: null,
      error: {
        code: 'not-in-store',
        kind: 'transient',
        message: 'podman reported success, but the image is not in the store',
      },
    });
  });

  test('has failed for the reason that the pull had', () => {
    const planned = plannedImage(reference, name);
    expect(judge({ planned, error, ids: [] })).toMatchObject({ state: 'failed', error });
  });

  test('is present when it was there before and still is', () => {
    const planned = plannedImage(reference, { state: 'present', digest: a, id: 'id' });
    expect(judge({ planned, ...untouched, store })).toMatchObject({ state: 'present', digest: a, id: 'id' });
  });

  test('has failed when it was there before and is not any more', () => {
    const planned = plannedImage(reference, { state: 'present', digest: a, id: 'id' });
    expect(judge({ planned, ...untouched })).toMatchObject({
      state: 'failed',
      error: {
        code: 'not-in-store',
        message: 'the image was in the store before the pulls, and is not any more',
      },
    });
  });
});

describe('of a tag', () => {
  const planned = plannedImage('quay.io/x/y:1', { state: 'stale', digest: b, id: 'old' });

  test.each<{ name: string; given: Omit<Case, 'planned'>; state: string; digest: string | null }>([
    { name: 'the new image is pulled', given: { store: tagged(b) }, state: 'pulled', digest: b },
    {
      name: 'the digest that was planned is told, of several',
      given: { store: [stored('id', ['quay.io/x/y:1'], [c, b])] },
      state: 'pulled',
      digest: b,
    },
    {
      name: 'the digest that came is told, when the tag has moved since the plan',
      given: { store: tagged(c, 'new') },
      state: 'pulled',
      digest: c,
    },
    {
      name: 'the old image is not enough when the pull failed',
      given: { store: tagged(a, 'old'), error, ids: [] },
      state: 'failed',
      digest: null,
    },
    {
      name: 'the old image is not enough, whatever podman said',
      given: { store: tagged(a, 'old') },
      state: 'failed',
      digest: null,
    },
    {
      name: 'the same image under a new digest is pulled',
      given: { store: [stored('old', ['quay.io/x/y:1'], [a, b])] },
      state: 'pulled',
      digest: b,
    },
    {
      name: 'another tag of the repository is not enough',
      given: { store: [stored('id', ['quay.io/x/y:2'], [b])] },
      state: 'failed',
      digest: null,
    },
    {
      name: 'the planned digest is told where the store names none',
      given: { store: [{ id: 'id', names: ['quay.io/x/y:1'], repoDigests: [], size: null }] },
      state: 'pulled',
      digest: b,
    },
  ])('$name', ({ given, state, digest }) => {
    expect(judge({ planned, ...given })).toMatchObject({ state, digest });
  });
});

describe('of a digest', () => {
  const planned = plannedImage(`quay.io/x/y@${a}`, { digest: a });

  test.each([
    { name: 'another digest of the same repository', store: tagged(b) },
    {
      name: 'the same digest of another repository',
      store: [{ id: 'id', names: [], repoDigests: [`quay.io/x/z@${a}`], size: null }],
    },
    { name: 'an image that podman named, but under no digest', store: [stored('id', ['quay.io/x/y:1'], [])] },
  ])('$name is not enough', ({ store }) => {
    expect(judge({ planned, store })).toMatchObject({ state: 'failed', error: { code: 'not-in-store' } });
  });

  // The store knows both images of an index by its digest, and what is there is why the plan says stale.
  test('the image for another platform is not enough when the pull failed', () => {
    const stale = plannedImage(`quay.io/x/y@${a}`, {
      state: 'stale',
      digest: a,
      id: 'amd64',
      options: arm64,
    });
    expect(judge({ planned: stale, store: tagged(a, 'amd64'), error, ids: [] })).toMatchObject({
      state: 'failed',
      error,
    });
  });
});

describe('whatever the plan said and podman did,', () => {
  const held = { nothing: [], 'the digest': tagged(a), 'another digest': tagged(b) } as const;
  const cases = (['missing', 'stale', 'present'] as const).flatMap((state) =>
    [null, error].flatMap((failed) =>
      (['nothing', 'the digest', 'another digest'] as const).flatMap((holds) =>
        (['image', 'artifact'] as const).flatMap((kind) =>
          ['quay.io/x/y:1', `quay.io/x/y@${a}`].map((reference) => ({
            state,
            failed,
            holds,
            kind,
            reference,
            problem: failed === null ? 'no error' : 'an error',
          })),
        ),
      ),
    ),
  );

  // A digest is stale only where it is there for another platform, which has a test of its own.
  const possible = cases.filter(({ state, reference }) => state !== 'stale' || !reference.includes('@'));

  test.each(possible)(
    '$kind $reference, $state, $problem, with $holds in the store: succeeded exactly when it has what is bound',
    ({ state, failed, holds, kind, reference }) => {
      const digest = held[holds][0] === undefined ? null : holds === 'the digest' ? a : b;
      const { state: judged, ...outcome } = judge({
        planned: plannedImage(reference, { kind, state, digest: a, id: 'old' }),
        error: failed,
        ids: failed === null ? ['id'] : [],
        store: kind === 'image' ? held[holds] : [],
        ...(kind === 'artifact' && digest !== null && { artifact: digest }),
      });
      const isBound = reference.includes('@') ? digest === a : digest !== null;
      // Without its new image, a tag has only the old one.
      const isOld = state === 'stale' && failed !== null;
      const isThere = isBound && !isOld;
      expect(judged).toBe(isThere ? 'pulled' : 'failed');
      expect(outcome).toMatchObject({
        digest: isThere ? digest : null,
        id: isThere && kind === 'image' ? 'id' : null,
        error: isThere ? null : (failed ?? { code: 'not-in-store', kind: 'transient' }),
      });
    },
  );
});

describe('of a short name', () => {
  const planned = plannedImage('y');

  test('the image that podman printed is it, in whichever registry it was found', () => {
    expect(judge({ planned, store: [stored('other', [], [b]), ...tagged(a)] })).toMatchObject({
      state: 'pulled',
      id: 'id',
      digest: a,
    });
  });

  test('the image of that name is it, when podman printed nothing', () => {
    const store = [stored('id', ['quay.io/y:latest'], [a])];
    expect(judge({ planned, store, ids: [] })).toMatchObject({ state: 'pulled', id: 'id', digest: a });
  });

  test('an ID that the store does not have is none', () => {
    expect(judge({ planned, ids: ['gone'], store: tagged(a) })).toMatchObject({ state: 'failed' });
  });

  test('with a digest, the printed image must have it', () => {
    const digested = plannedImage(`y@${b}`);
    expect([a, b].map((digest) => judge({ planned: digested, store: tagged(digest) }).state)).toEqual([
      'failed',
      'pulled',
    ]);
  });
});

describe('of an archive', () => {
  const planned = plannedImage('oci-archive:/x.tar', { layers: [] });

  test.each<{ name: string; given: Omit<Case, 'planned'>; state: string; id: string | null }>([
    { name: 'the image that podman printed is it', given: { store: tagged(a) }, state: 'pulled', id: 'id' },
    { name: 'no other image is', given: { store: tagged(a, 'other') }, state: 'failed', id: null },
    { name: 'none is without an ID', given: { store: tagged(a), ids: [], error }, state: 'failed', id: null },
  ])('$name', ({ given, state, id }) => {
    expect(judge({ planned, ...given })).toMatchObject({ state, id, digest: null });
  });
});

describe('of all tags', () => {
  const planned = plannedImage('quay.io/x/y', { options: allTags });
  const both = [stored('1', ['quay.io/x/y:1'], [a]), stored('2', ['quay.io/x/y:latest'], [b])];

  test.each([
    { name: 'are pulled when each is there', ids: ['1', '2'], store: both, state: 'pulled' },
    { name: 'are pulled when two are one image', ids: ['1', '1'], store: both, state: 'pulled' },
    { name: 'have failed when one is not there', ids: ['1', '3'], store: both, state: 'failed' },
    { name: 'have failed when none is there', ids: ['1', '2'], store: [], state: 'failed' },
  ])('$name', ({ ids, store, state }) => {
    expect(judge({ planned, ids, store })).toMatchObject({ state });
  });

  test('are present when the store had the latest and nobody asked for more', () => {
    const present = plannedImage('quay.io/x/y', { state: 'present', digest: b, id: '2', options: allTags });
    expect(judge({ planned: present, ...untouched, store: both })).toMatchObject({
      state: 'present',
      id: '2',
    });
  });

  // podman pulls one tag after the other, and has the latest when it fails at the next.
  test('have failed when podman failed on the way', () => {
    expect(judge({ planned, ids: [], error, store: both })).toMatchObject({ state: 'failed', error });
  });
});

describe('an artifact', () => {
  const byTag = plannedImage('quay.io/x/y:1', { kind: 'artifact' });
  const byDigest = plannedImage(`quay.io/x/y@${a}`, { kind: 'artifact', digest: a });
  const stale = plannedImage('quay.io/x/y:1', { kind: 'artifact', state: 'stale', digest: b });

  test.each<{ name: string; given: Case; state: string; digest: string | null }>([
    { name: 'is pulled by tag', given: { planned: byTag, artifact: a }, state: 'pulled', digest: a },
    { name: 'is pulled by digest', given: { planned: byDigest, artifact: a }, state: 'pulled', digest: a },
    {
      name: 'fails with another digest',
      given: { planned: byDigest, artifact: b },
      state: 'failed',
      digest: null,
    },
    { name: 'fails when it is not there', given: { planned: byTag }, state: 'failed', digest: null },
    {
      name: 'fails when only an image of that name is there',
      given: { planned: byTag, store: tagged(a) },
      state: 'failed',
      digest: null,
    },
    {
      name: 'fails when the pull failed and the old one is there',
      given: { planned: stale, artifact: a, error },
      state: 'failed',
      digest: null,
    },
    {
      name: 'is pulled when the new one is there',
      given: { planned: stale, artifact: b },
      state: 'pulled',
      digest: b,
    },
  ])('$name', ({ given, state, digest }) => {
    expect(judge({ ...given, ids: [] })).toMatchObject({ state, digest, id: null });
  });
});

describe('what the store has under the name', () => {
  const platform = { os: 'linux', architecture: 's390x', variant: null };
  const damage = { problem: 'no diff', layers: ['x'] };
  test.each([
    { name: 'for another platform', proof: { platform }, code: 'no-platform' },
    { name: 'damaged', proof: { damage }, code: 'damaged' },
    { name: 'a list of images', proof: { isList: true }, code: 'no-platform' },
    {
      name: 'not to be proved, although it was asked',
      proof: { unproved: 'x', isDeep: true },
      code: 'unproved',
    },
  ])('is not what was pulled when it is $name', ({ proof, code }) => {
    for (const attempts of [0, 1]) {
      const planned = plannedImage('quay.io/x/y:1', { digest: a });
      expect(judge({ planned, attempts, store: tagged(a), proofs: { id: proof } })).toMatchObject({
        state: 'failed',
        error: { code, kind: 'permanent' },
      });
    }
  });

  test('is the one of this host among the images of an index', () => {
    const planned = plannedImage(`quay.io/x/y@${a}`, { digest: a });
    const store = [stored('first', [], [a]), stored('second', [], [a])];
    const proofs = { first: { platform } };
    expect(judge({ planned, store, proofs })).toMatchObject({ state: 'pulled', id: 'second' });
  });

  test('is wrong when one of all tags is', () => {
    const planned = plannedImage('quay.io/x/y', { options: allTags });
    const store = [stored('1', ['quay.io/x/y:1'], [a]), stored('2', ['quay.io/x/y:2'], [b])];
    const proofs = { 2: { platform } };
    expect(judge({ planned, ids: ['1', '2'], store, proofs })).toMatchObject({
      state: 'failed',
      error: { code: 'no-platform' },
    });
  });
});

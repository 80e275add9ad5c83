import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { pruneJson as print, pruneText } from '../../../src/cli/report/prune.js';
import { BoundImagesError } from '../../../src/model/error.js';
import type { PrunedImage, PrunedPart } from '../../../src/operations/prune.js';
import { validated } from '../../support/schemas.js';

const pruneJson = validated('prune', print);

const digest = `sha256:${'a'.repeat(64)}`;

function image(fields: Partial<PrunedImage>): PrunedImage {
  const names = fields.names ?? ['quay.io/x/y:1'];
  return {
    id: '1'.repeat(64),
    store: 'podman',
    names,
    pulledAs: names,
    size: 2_000_000,
    action: 'remove',
    isDone: true,
    error: null,
    ...fields,
  };
}

const isKept = { isDone: false };
const images = [
  image({ names: ['quay.io/x/y:1', 'quay.io/x/y:2'] }),
  image({ names: ['quay.io/x/tagged:1'], action: 'untag' }),
  image({ names: ['quay.io/x/bound:1'], action: 'bound', ...isKept }),
  image({ names: ['quay.io/x/used:1'], action: 'used', ...isKept }),
];

const part = {
  store: 'podman',
  digest,
  bytes: 3_000_000,
  changedMs: 0,
  action: 'remove',
  isDone: true,
} as const;

const text = (some: readonly PrunedImage[], isDryRun = false, parts: readonly PrunedPart[] = []) =>
  pruneText({ images: some, parts, isDryRun, payloads: [], unforgotten: null }, new PassThrough() as never);

test('JSON has every image that was pulled, with what became of it', () => {
  const failed = image({
    names: [],
    pulledAs: ['quay.io/x/y:1'],
    size: null,
    isDone: false,
    error: 'in use',
  });
  expect(
    pruneJson({
      images: [image({}), failed],
      parts: [part],
      isDryRun: false,
      payloads: [],
      unforgotten: null,
    }),
  ).toEqual({
    schemaVersion: 1,
    dryRun: false,
    images: [
      {
        id: '1'.repeat(64),
        store: 'podman',
        names: ['quay.io/x/y:1'],
        pulledAs: ['quay.io/x/y:1'],
        size: 2_000_000,
        action: 'remove',
        done: true,
        error: null,
      },
      {
        id: '1'.repeat(64),
        store: 'podman',
        names: [],
        pulledAs: ['quay.io/x/y:1'],
        size: null,
        action: 'remove',
        done: false,
        error: 'in use',
      },
    ],
    parts: [
      {
        digest,
        store: 'podman',
        bytes: 3_000_000,
        changedAt: '1970-01-01T00:00:00.000Z',
        action: 'remove',
        done: true,
      },
    ],
    payloads: [],
    error: null,
  });
});

test('JSON says why what was removed is not forgotten: stdout has no second object for that', () => {
  const unforgotten = new BoundImagesError('state', 'the record cannot be written', { hint: 'make room' });
  expect(pruneJson({ images: [], parts: [], payloads: [], isDryRun: false, unforgotten })).toMatchObject({
    error: { code: 'state', message: 'the record cannot be written', hint: 'make room' },
  });
});

describe('text', () => {
  test('says what goes, what stays and why, and counts what was removed', () => {
    expect(text(images)).toBe(
      [
        'remove  quay.io/x/y:1 quay.io/x/y:2',
        'untag   quay.io/x/tagged:1',
        'bound   quay.io/x/bound:1',
        'in use  quay.io/x/used:1',
        '1 image removed, up to 2.0 MB',
        '',
      ].join('\n'),
    );
  });

  test('of a dry run counts what would be removed', () => {
    const untouched = images.map((each) => ({ ...each, isDone: false }));
    expect(text(untouched, true)).toMatch(/\n1 image would be removed, up to 2\.0 MB\n$/);
  });

  test('counts no image that could not be removed, and says why', () => {
    expect(text([image({ isDone: false, error: 'image is in use by a container' })])).toBe(
      'remove  quay.io/x/y:1\n        image is in use by a container\n0 images removed\n',
    );
  });

  test('does not call an image by a name that is another’s now', () => {
    const moved = image({ names: [], pulledAs: ['quay.io/x/y:latest'] });
    expect(text([moved])).toBe(
      'remove  111111111111 (was quay.io/x/y:latest)\n1 image removed, up to 2.0 MB\n',
    );
  });

  test('says which parts of layers go and stay', () => {
    const kept = { ...part, action: 'keep', isDone: false } as const;
    const ends = [
      '0 images removed; 3.0 MB of 1 layer, too',
      '0 images would be removed; 3.0 MB of 1 layer, too',
    ];
    const lines = [`remove  3.0 MB of the layer ${digest}`, `keep    3.0 MB of the layer ${digest}`];
    expect(text([], false, [part, kept])).toBe([...lines, ends[0], ''].join('\n'));
    expect(text([], true, [{ ...part, isDone: false }, kept])).toBe([...lines, ends[1], ''].join('\n'));
  });

  test('says so when there was nothing to do', () => {
    expect(text([])).toBe('0 images removed\n');
  });
});

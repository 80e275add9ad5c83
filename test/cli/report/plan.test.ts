import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { planText, planJson as print } from '../../../src/cli/report/plan.js';
import { diagnose } from '../../../src/diagnostic/diagnose.js';
import { nowhere } from '../../../src/diagnostic/place.js';
import type { PlannedImage } from '../../../src/model/plan.js';
import type { PlanResult } from '../../../src/operations/plan.js';
import { plannedImage } from '../../support/planned-image.js';
import { validated } from '../../support/schemas.js';

const planJson = validated('plan', print);

const error = {
  code: 'manifest-unknown',
  kind: 'permanent',
  message: 'unknown',
  hint: 'see the tag',
} as const;
const noSpace = {
  ...error,
  code: 'no-space',
  kind: 'local',
  message: 'not enough space',
  hint: null,
} as const;
const base = { digest: 'base', size: 100_000_000, present: false };
const own = { digest: 'own', size: 20_000_000, present: false };
const other = { digest: 'other', size: 3_000_000, present: false };
const kept = { digest: 'kept', size: 7, present: true };

const leader = plannedImage('quay.io/x/leader:1', { digest: 'sha256:l', layers: [base, own, kept] });
const follower = plannedImage('quay.io/x/follower:1', {
  state: 'stale',
  digest: 'sha256:f',
  id: 'old',
  layers: [base, other],
  startsAfter: [leader.resolved.image.reference],
});
const present = plannedImage('quay.io/x/present:1', {
  state: 'present',
  digest: 'sha256:p',
  id: 'p',
  layers: [],
});
const unknown = plannedImage('y');
const failed = plannedImage('quay.io/x/failed:1', { error, layers: [own] });

const space: PlanResult['space'] = {
  fileSystems: [
    {
      directories: ['/store', '/var/tmp'],
      neededBytes: 400_000_000,
      isTemporary: false,
      freeBytes: 1_000_000_000,
      neededInodes: 9,
      freeInodes: null,
    },
    {
      directories: ['/full'],
      neededBytes: 2,
      isTemporary: true,
      freeBytes: 1,
      neededInodes: 0,
      freeInodes: 0,
    },
  ],
  expansion: { factor: 2.5, source: 'default' },
};

function planned(images: readonly PlannedImage[], room: PlanResult['space'] = null) {
  return { root: '/', images, space: room, diagnostics: [] };
}

describe('JSON', () => {
  test('names the bytes of a layer, and not its table of contents', () => {
    const image = plannedImage('quay.io/x/y:1', { layers: [{ ...base, tocDigest: 'toc' }] });
    expect(planJson(planned([image]))).toMatchObject({ images: [{ layers: [base] }] });
    expect(JSON.stringify(planJson(planned([image])))).not.toContain('toc');
  });

  test('has each image with its layers, and sums in which a shared layer counts once', () => {
    const diagnostics = [diagnose('not-proved', nowhere, { images: 1, problem: 'it lies elsewhere' })];
    const images = [leader, follower, present, unknown, failed];
    expect(planJson({ ...planned(images, space), root: '/new', diagnostics })).toEqual({
      schemaVersion: 1,
      root: '/new',
      images: [
        {
          reference: 'quay.io/x/leader:1',
          store: 'podman',
          state: 'missing',
          digest: 'sha256:l',
          layers: [base, own, kept],
          startsAfter: [],
          problem: null,
          error: null,
        },
        {
          reference: 'quay.io/x/follower:1',
          store: 'podman',
          state: 'stale',
          digest: 'sha256:f',
          layers: [base, other],
          startsAfter: ['quay.io/x/leader:1'],
          problem: null,
          error: null,
        },
        {
          reference: 'quay.io/x/present:1',
          store: 'podman',
          state: 'present',
          digest: 'sha256:p',
          layers: [],
          startsAfter: [],
          problem: null,
          error: null,
        },
        {
          reference: 'y',
          store: 'podman',
          state: 'missing',
          digest: null,
          layers: null,
          startsAfter: [],
          problem: null,
          error: null,
        },
        {
          reference: 'quay.io/x/failed:1',
          store: 'podman',
          state: 'missing',
          digest: null,
          layers: [own],
          startsAfter: [],
          problem: null,
          error: { code: 'manifest-unknown', message: 'unknown', hint: 'see the tag' },
        },
      ],
      totals: {
        images: 5,
        missing: 4,
        layers: 3,
        downloadBytes: 123_000_000,
        sharedBytesSaved: 100_000_000,
        unknown: 1,
      },
      space,
      diagnostics: diagnostics.map((each) => ({ ...each, path: null })),
    });
  });

  test('has the same sums where there is too little space', () => {
    const images = [leader, follower, unknown].map((image) => ({ ...image, error: noSpace }));
    expect(planJson(planned([...images, failed]))).toMatchObject({
      totals: {
        missing: 4,
        layers: 3,
        downloadBytes: 123_000_000,
        sharedBytesSaved: 100_000_000,
        unknown: 1,
      },
    });
  });

  test('has sums of zero where nothing is bound', () => {
    expect(planJson(planned([]))).toMatchObject({
      images: [],
      totals: { images: 0, missing: 0, layers: 0, downloadBytes: 0, sharedBytesSaved: 0, unknown: 0 },
      space: null,
    });
  });
});

describe('text', () => {
  const text = (images: readonly PlannedImage[], room: PlanResult['space'] = null) =>
    planText(planned(images, room), new PassThrough() as never).split('\n');

  test('has a line for each image, what it waits for, why one fails, and what it all costs', () => {
    expect(text([leader, follower, present, unknown, failed], space)).toEqual([
      'missing   120 MB  2 of 3 layers    quay.io/x/leader:1',
      'stale     103 MB  2 of 2 layers    quay.io/x/follower:1',
      '                                   after quay.io/x/leader:1',
      'present                            quay.io/x/present:1',
      'missing        ?  unknown layers   y',
      'failed                             quay.io/x/failed:1',
      '        unknown',
      '        hint: see the tag',
      '5 bound images in /: 1 present, 2 missing, 1 stale, 1 failed',
      'to download: 123 MB in 3 layers, 100 MB saved by sharing, and 1 image of unknown size',
      '/store and /var/tmp: 1.0 GB free, about 600 MB during the pulls',
      '/full: 1 B free, about 0 B during the pulls',
      '',
    ]);
  });

  test('says once what is wrong with several images', () => {
    const denied = { ...failed.error, message: 'denied', hint: null } as PlannedImage['error'];
    const a = plannedImage('quay.io/x/a:1', { error: failed.error });
    const b = plannedImage('quay.io/x/b:1', { error: denied });
    expect(text([failed, b, leader, a]).slice(0, -3)).toEqual([
      'failed                             quay.io/x/failed:1',
      'failed                             quay.io/x/a:1',
      '        unknown',
      '        hint: see the tag',
      'failed                             quay.io/x/b:1',
      '        denied',
      'missing   120 MB  2 of 3 layers    quay.io/x/leader:1',
    ]);
  });

  test.each([
    { name: 'nothing is bound', images: [], lines: ['0 bound images in /', ''] },
    {
      name: 'all is present',
      images: [present],
      lines: ['present                            quay.io/x/present:1', '1 bound image in /: 1 present', ''],
    },
    {
      name: 'nothing is shared',
      images: [plannedImage('quay.io/x/one:1', { layers: [other] })],
      lines: [
        'missing   3.0 MB  1 of 1 layer     quay.io/x/one:1',
        '1 bound image in /: 1 missing',
        'to download: 3.0 MB in 1 layer',
        '',
      ],
    },
    {
      name: 'there is too little space',
      images: [plannedImage('quay.io/x/one:1', { layers: [other, kept], error: noSpace })],
      lines: [
        'failed    3.0 MB  1 of 2 layers    quay.io/x/one:1',
        '        not enough space',
        '1 bound image in /: 1 failed',
        'to download: 3.0 MB in 1 layer',
        '',
      ],
    },
    {
      name: 'all layers are there, and only the image is not',
      images: [plannedImage('quay.io/x/one:1', { layers: [kept] })],
      lines: [
        'missing      0 B  0 of 1 layer     quay.io/x/one:1',
        '1 bound image in /: 1 missing',
        'to download: 0 B in 0 layers',
        '',
      ],
    },
  ])('says no more than there is when $name', ({ images, lines }) => {
    expect(text(images)).toEqual(lines);
  });
});

import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type Staged, stageJson, stageText } from '../../../src/cli/report/stage.js';
import type { PullOutcome } from '../../../src/model/outcome.js';
import { plannedImage } from '../../support/planned-image.js';

const digest = `sha256:${'a'.repeat(64)}`;

const outcome: PullOutcome = {
  planned: plannedImage('quay.io/x/y:1'),
  state: 'pulled',
  digest,
  id: 'id',
  bytes: 1000,
  attempts: 1,
  seconds: 1.5,
  error: null,
};

const done: Staged = {
  target: { id: 'os-abc.0', root: '/ostree/deploy/os/deploy/abc.0' },
  state: 'staged',
  lock: 'released',
  outcomes: [outcome],
  diagnostics: [],
  seconds: 2.04,
  error: null,
};

const error = { code: 'store', message: 'podman cannot list its images', hint: 'see podman info' };

describe('JSON', () => {
  test('has how it ended, who holds the deployment now, and what a pull reports', () => {
    expect(stageJson(done)).toEqual({
      schemaVersion: 1,
      deployment: 'os-abc.0',
      state: 'staged',
      finalizationLock: 'released',
      error: null,
      root: '/ostree/deploy/os/deploy/abc.0',
      images: [
        {
          reference: 'quay.io/x/y:1',
          state: 'pulled',
          digest,
          id: 'id',
          bytes: 1000,
          attempts: 1,
          seconds: 1.5,
          error: null,
        },
      ],
      totals: { bytes: 1000, seconds: 2.04 },
      diagnostics: [],
    });
  });

  test('has the reason where it is no single image’s', () => {
    expect(stageJson({ ...done, state: 'failed', lock: 'ours', outcomes: [], error })).toMatchObject({
      state: 'failed',
      finalizationLock: 'ours',
      error,
      images: [],
    });
  });

  test('says so when nothing is staged', () => {
    expect(stageJson(undefined)).toMatchObject({
      schemaVersion: 1,
      deployment: null,
      state: 'none',
      finalizationLock: null,
      error: null,
      images: [],
    });
  });
});

describe('text', () => {
  const ending = (staged: Partial<Staged>) =>
    stageText({ ...done, outcomes: [], ...staged }, new PassThrough() as never)
      .split('\n')
      .slice(1);

  test.each([
    { state: 'staged', lock: 'released', says: 'complete; the next boot is this deployment' },
    { state: 'staged', lock: 'ours', says: 'complete; it is held for the command that makes it bootable' },
    {
      state: 'staged',
      lock: 'theirs',
      says: 'complete; it was held before by someone else, and still is',
    },
    { state: 'staged', lock: null, says: 'complete; every image is there' },
    {
      state: 'failed',
      lock: 'ours',
      says: 'not complete; it is held, so that the next boot is the deployment of now',
    },
    {
      state: 'failed',
      lock: 'theirs',
      says: 'not complete; it was held before by someone else, and still is, so that the next boot is the deployment of now',
    },
    { state: 'failed', lock: null, says: 'not complete; nothing was made bootable' },
  ] as const)('says of a deployment that is $state, with the lock $lock, what the next boot is', (row) => {
    const { state, lock, says } = row;
    expect(ending({ state, lock })).toEqual([`os-abc.0: ${says}`, '']);
  });

  test('has the images first, then the reason with what to do about it, then what the next boot is', () => {
    expect(stageText({ ...done, state: 'failed', lock: null, error }, new PassThrough() as never)).toBe(
      [
        `pulled  quay.io/x/y:1 ${digest}`,
        '1 bound image: 0 present, 1 pulled, 0 failed, in 2.0 s',
        'podman cannot list its images',
        'hint: see podman info',
        'os-abc.0: not complete; nothing was made bootable',
        '',
      ].join('\n'),
    );
  });

  test('has no line for a hint that is not there', () => {
    expect(ending({ state: 'failed', lock: null, error: { ...error, hint: null } })).toEqual([
      'podman cannot list its images',
      'os-abc.0: not complete; nothing was made bootable',
      '',
    ]);
  });
});

import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { stageJson as print, stageText } from '../../../src/cli/report/stage.js';
import { diagnose } from '../../../src/diagnostic/diagnose.js';
import { nowhere } from '../../../src/diagnostic/place.js';
import type { PullOutcome } from '../../../src/model/outcome.js';
import type { Staged, StageResult } from '../../../src/operations/stage.js';
import { plannedImage } from '../../support/planned-image.js';
import { validated } from '../../support/schemas.js';

const stageJson = validated('stage', print);

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
  hold: 'released',
  outcomes: [outcome],
  payloads: [],
  origins: [],
  diagnostics: [],
  seconds: 2.04,
  accepted: null,
  error: null,
};

const accepted = { references: ['quay.io/x/y:1'], reason: 'gone', at: '2026-03-01T10:00:00.000Z' };

const ended = (fields: Partial<Staged> = {}): StageResult => ({
  kind: 'ended',
  staged: { ...done, ...fields },
});

const error = { code: 'store', message: 'podman cannot list its images', hint: 'see podman info' };

describe('JSON', () => {
  test('has how it ended, who holds the deployment now, and what a pull reports', () => {
    expect(stageJson(ended())).toEqual({
      schemaVersion: 1,
      deployment: 'os-abc.0',
      state: 'staged',
      finalizationLock: 'released',
      error: null,
      accepted: null,
      root: '/ostree/deploy/os/deploy/abc.0',
      images: [
        {
          reference: 'quay.io/x/y:1',
          store: 'podman',
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
      origins: [],
      diagnostics: [],
      payloads: [],
    });
  });

  test('has the reason where it is no single image’s', () => {
    expect(stageJson(ended({ state: 'failed', hold: 'ours', outcomes: [], error }))).toMatchObject({
      state: 'failed',
      finalizationLock: 'ours',
      error,
      images: [],
    });
  });

  test('has no images of one that another run has completed', () => {
    expect(stageJson({ kind: 'complete-already', target: done.target })).toMatchObject({
      deployment: 'os-abc.0',
      state: 'staged',
      finalizationLock: null,
      images: [],
    });
  });

  test('says so when nothing is staged', () => {
    expect(stageJson({ kind: 'nothing-staged', since: 'before' })).toMatchObject({
      schemaVersion: 1,
      deployment: null,
      state: 'none',
      finalizationLock: null,
      error: null,
      accepted: null,
      images: [],
    });
  });
});

describe('text', () => {
  const text = (result: StageResult) => stageText(result, new PassThrough() as never);

  test.each([
    { result: { kind: 'nothing-staged', since: 'before' }, says: 'nothing is staged' },
    { result: { kind: 'nothing-staged', since: 'meanwhile' }, says: 'nothing is staged any more' },
    { result: { kind: 'complete-already', target: done.target }, says: 'os-abc.0: complete already' },
  ] as const)('says that $says', ({ result, says }) => {
    expect(text(result)).toBe(`${says}\n`);
  });

  const ending = (staged: Partial<Staged>) =>
    text(ended({ outcomes: [], ...staged }))
      .split('\n')
      .slice(1);

  test.each([
    { state: 'staged', hold: 'released', says: 'complete; the next boot is this deployment' },
    { state: 'staged', hold: 'ours', says: 'complete; it is held for the command that makes it bootable' },
    {
      state: 'staged',
      hold: 'theirs',
      says: 'complete; it was held before by someone else, and still is',
    },
    { state: 'staged', hold: null, says: 'complete; every image is there' },
    {
      state: 'failed',
      hold: 'ours',
      says: 'not complete; it is held, so that the next boot is the current deployment',
    },
    {
      state: 'failed',
      hold: 'theirs',
      says: 'not complete; it was held before by someone else, and still is, so that the next boot is the current deployment',
    },
    { state: 'failed', hold: null, says: 'not complete; nothing was made bootable' },
  ] as const)('says of a deployment that is $state, with the hold $hold, what the next boot is', (row) => {
    const { state, hold, says } = row;
    expect(ending({ state, hold })).toEqual([`os-abc.0: ${says}`, '']);
  });

  test('says of how many images it does without', () => {
    expect(ending({ accepted })).toEqual([
      'os-abc.0: complete but for 1 image accepted as missing; the next boot is this deployment',
      '',
    ]);
    expect(ending({ hold: null, accepted })[0]).toBe(
      'os-abc.0: complete but for 1 image accepted as missing; every other image is there',
    );
  });

  test('has the images first, then the reason with what to do about it, then what the next boot is', () => {
    expect(text(ended({ state: 'failed', hold: null, error }))).toBe(
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

  test('does not say again what is wrong with the root on the screen that says so', () => {
    const finding = diagnose('entry-leftover', nowhere, {});
    const failed = ended({
      state: 'failed',
      hold: null,
      outcomes: [],
      diagnostics: [finding],
      error: { ...error, message: finding.message },
    });
    const screens = [true, false].map((isTold) => stageText(failed, new PassThrough() as never, isTold));
    expect(screens.map((shown) => shown.includes(finding.message))).toEqual([false, true]);
  });

  test('has no line for a hint that is not there', () => {
    expect(ending({ state: 'failed', hold: null, error: { ...error, hint: null } })).toEqual([
      'podman cannot list its images',
      'os-abc.0: not complete; nothing was made bootable',
      '',
    ]);
  });
});

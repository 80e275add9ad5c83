import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { pullJson as print, pullEndText, pullText } from '../../../src/cli/report/pull.js';
import { diagnose } from '../../../src/diagnostic/diagnose.js';
import { nowhere } from '../../../src/diagnostic/place.js';
import type { Origin } from '../../../src/model/events.js';
import type { PullOutcome } from '../../../src/model/outcome.js';
import { plannedImage } from '../../support/planned-image.js';
import { validated } from '../../support/schemas.js';

const pullJson = validated('pull', print);

const digest = `sha256:${'a'.repeat(64)}`;
const error = { code: 'connection', kind: 'transient', message: 'reset', hint: 'try again' } as const;

function outcome(text: string, fields: Partial<PullOutcome>): PullOutcome {
  return {
    planned: plannedImage(text),
    state: 'pulled',
    digest,
    id: 'id',
    bytes: 0,
    attempts: 1,
    seconds: 0,
    error: null,
    ...fields,
  };
}

const outcomes = [
  outcome('quay.io/x/y:1', { bytes: 1000, seconds: 1.23456 }),
  outcome(`quay.io/x/y@${digest}`, { state: 'present', attempts: 0 }),
  outcome('quay.io/x/z:1', { state: 'failed', digest: null, id: null, bytes: 234, attempts: 3, error }),
];

const origins: readonly Origin[] = [
  { kind: 'registry', name: 'quay.io', bytes: 12_000_000 },
  { kind: 'mirror', name: 'mirror.example.com:5000', bytes: 300 },
  { kind: 'registry', name: 'idle.example.com', bytes: 0 },
  { kind: 'kept', name: null, bytes: 900_000_000 },
];

describe('JSON', () => {
  test('has the bytes that each image received, and their sum, those of failed attempts included', () => {
    const diagnostics = [diagnose('not-proved', nowhere, { images: 1, problem: 'it lies elsewhere' })];
    expect(
      pullJson({ root: '/new', payloads: [], outcomes, origins, seconds: 2.00049, diagnostics }),
    ).toEqual({
      schemaVersion: 1,
      root: '/new',
      images: [
        {
          reference: 'quay.io/x/y:1',
          store: 'podman',
          state: 'pulled',
          digest,
          id: 'id',
          bytes: 1000,
          attempts: 1,
          seconds: 1.235,
          error: null,
        },
        {
          reference: `quay.io/x/y@${digest}`,
          store: 'podman',
          state: 'present',
          digest,
          id: 'id',
          bytes: 0,
          attempts: 0,
          seconds: 0,
          error: null,
        },
        {
          reference: 'quay.io/x/z:1',
          store: 'podman',
          state: 'failed',
          digest: null,
          id: null,
          bytes: 234,
          attempts: 3,
          seconds: 0,
          error: { code: 'connection', message: 'reset', hint: 'try again' },
        },
      ],
      totals: { bytes: 1234, seconds: 2 },
      origins,
      diagnostics: diagnostics.map((each) => ({ ...each, path: null })),
      payloads: [],
    });
  });

  test('has no bytes where there is no image', () => {
    expect(
      pullJson({ root: '/', payloads: [], outcomes: [], origins: [], seconds: 0, diagnostics: [] }),
    ).toEqual({
      schemaVersion: 1,
      root: '/',
      images: [],
      totals: { bytes: 0, seconds: 0 },
      origins: [],
      diagnostics: [],
      payloads: [],
    });
  });
});

describe('text', () => {
  const text = (some: readonly PullOutcome[], from: readonly Origin[] = []) =>
    pullText(
      { root: '/new', payloads: [], outcomes: some, origins: from, seconds: 2.04 },
      new PassThrough() as never,
    );

  test('says where it came from, most of it first', () => {
    expect(text([], origins)).toBe(
      '0 bound images in /new: 0 present, 0 pulled, 0 failed, in 2.0 s: 900 MB kept from an earlier run, 12.0 MB from quay.io, 300 B from the mirror mirror.example.com:5000\n',
    );
  });

  test('has a line for each image, the digest of a tag, why one failed, and a sum', () => {
    expect(text(outcomes)).toBe(
      [
        `pulled  quay.io/x/y:1 ${digest}`,
        `present quay.io/x/y@${digest}`,
        'failed  quay.io/x/z:1',
        '        reset',
        '        hint: try again',
        '3 bound images in /new: 1 present, 1 pulled, 1 failed, in 2.0 s',
        '',
      ].join('\n'),
    );
  });

  test('says once why several images failed, with the digests in it short', () => {
    const why = { ...error, message: `no ${digest}` };
    const failed = ['a', 'b'].map((name) =>
      outcome(`quay.io/x/${name}:1`, { state: 'failed', digest: null, error: why }),
    );
    expect(text([...failed.slice(0, 1), ...outcomes.slice(0, 1), ...failed.slice(1)])).toBe(
      [
        'failed  quay.io/x/a:1',
        'failed  quay.io/x/b:1',
        '        no sha256:aaaa…',
        '        hint: try again',
        `pulled  quay.io/x/y:1 ${digest}`,
        '3 bound images in /new: 0 present, 1 pulled, 2 failed, in 2.0 s',
        '',
      ].join('\n'),
    );
  });

  test('has no line for a hint that is not there', () => {
    const failed = outcome('quay.io/x/z:1', {
      state: 'failed',
      digest: null,
      error: { ...error, hint: null },
    });
    expect(text([failed])).toBe(
      'failed  quay.io/x/z:1\n        reset\n1 bound image in /new: 0 present, 0 pulled, 1 failed, in 2.0 s\n',
    );
  });
});

describe('where progress was on the same terminal', () => {
  const text = (some: readonly PullOutcome[]) =>
    pullEndText(
      { root: '/new', payloads: [], outcomes: some, origins: [], seconds: 2.04 },
      new PassThrough() as never,
    );
  const failed = (name: string, fields: Partial<PullOutcome['error']> = {}) =>
    outcome(name, { state: 'failed', digest: null, error: { ...error, ...fields } });

  test('what was pulled is not said again, and one error of several images is said once', () => {
    const some = [...outcomes.slice(0, 2), failed('quay.io/x/a:1'), failed('quay.io/x/b:1')];
    expect(text([...some, failed('quay.io/x/c:1', { message: 'denied', hint: null })])).toBe(
      [
        'failed  quay.io/x/a:1',
        'failed  quay.io/x/b:1',
        '        reset',
        '        hint: try again',
        'failed  quay.io/x/c:1',
        '        denied',
        '5 bound images in /new: 1 present, 1 pulled, 3 failed, in 2.0 s',
        '',
      ].join('\n'),
    );
  });

  test('an interruption is no list of failures', () => {
    const interrupted = { code: 'interrupted', message: 'interrupted' } as const;
    const some = ['a', 'b', 'c', 'd', 'e'].map((name) => failed(`quay.io/x/${name}:1`, interrupted));
    expect(text([...outcomes.slice(0, 1), ...some])).toBe(
      'interrupted: 1 of 6 images complete; run it again\n',
    );
  });
});

import { describe, expect, test } from 'vitest';
import type { PullOutcome } from '../../src/model/outcome.js';
import type { Receipt } from '../../src/model/receipt.js';
import { receiptOf } from '../../src/operations/receipt-of.js';
import { receipt as earlier } from '../state/sample-receipt.js';
import { plannedImage, resolvedImage } from '../support/planned-image.js';

const start = Date.parse('2026-03-02T08:00:00.000Z');

let now = start;
const origin = { clock: { now: () => new Date(now) }, bootId: 'boot' };

const digest = `sha256:${'a'.repeat(64)}`;
const target = { id: 'os-abc.0', root: '/ostree/deploy/os/deploy/abc.0', staged: undefined };
const images = [resolvedImage('quay.io/x/y:1'), resolvedImage('quay.io/x/z:1')];

const checking: Receipt = {
  schemaVersion: 1,
  deployment: 'os-abc.0',
  root: '/ostree/deploy/os/deploy/abc.0',
  state: 'checking',
  startedAt: '2026-03-02T08:00:00.000Z',
  updatedAt: '2026-03-02T08:00:00.000Z',
  runs: 1,
  finalizationLock: 'ours',
  bootId: 'boot',
  images: [],
  payloads: [],
  error: null,
  accepted: null,
};

function outcome(text: string, fields: Partial<PullOutcome> = {}): PullOutcome {
  return {
    planned: plannedImage(text),
    state: 'pulled',
    digest,
    id: 'id',
    bytes: 1000,
    attempts: 2,
    seconds: 1.5,
    error: null,
    ...fields,
  };
}

const done = {
  state: 'staged',
  outcomes: [outcome('quay.io/x/y:1')],
  payloads: [],
  error: null,
} as const;

describe('a run', () => {
  test('goes from checking to downloading to its end, and each step has its time', () => {
    now = start;
    const run = receiptOf(target, { kind: 'none' }, origin);
    expect(run.checking('ours')).toEqual(checking);
    now = start + 1000;
    const missing = { digest: null, id: null, bytes: 0, attempts: 0, seconds: 0, sources: [], error: null };
    const downloading = {
      ...checking,
      state: 'downloading',
      updatedAt: '2026-03-02T08:00:01.000Z',
      images: images.map(({ image }) => ({
        reference: image.reference.text,
        store: 'podman',
        state: 'missing',
        ...missing,
      })),
    };
    expect(run.downloading(images, null)).toEqual(downloading);
    now = start + 2000;
    const error = { code: 'denied', kind: 'permanent', message: 'no', hint: null } as const;
    const failed = outcome('quay.io/x/z:1', { state: 'failed', digest: null, id: null, error });
    const ended = run.ended({ ...done, state: 'failed', hold: 'ours', outcomes: [...done.outcomes, failed] });
    expect(ended).toEqual({
      ...downloading,
      state: 'failed',
      updatedAt: '2026-03-02T08:00:02.000Z',
      images: [
        {
          reference: 'quay.io/x/y:1',
          store: 'podman',
          state: 'pulled',
          digest,
          id: 'id',
          bytes: 1000,
          attempts: 2,
          seconds: 1.5,
          sources: [],
          error: null,
        },
        {
          reference: 'quay.io/x/z:1',
          store: 'podman',
          state: 'failed',
          digest: null,
          id: null,
          bytes: 1000,
          attempts: 2,
          seconds: 1.5,
          sources: [],
          error: { code: 'denied', message: 'no', hint: null },
        },
      ],
    });
  });

  test('keeps what an earlier run was let do without, until another is told what may be missing', () => {
    const before = { kind: 'read', value: earlier } as const;
    expect(receiptOf(target, before, origin).checking('ours').accepted).toEqual(earlier.accepted);
    const accepted = { references: ['quay.io/x/z:1'], reason: 'gone', at: '2026-03-02T08:00:00.000Z' };
    const run = receiptOf(target, before, origin);
    expect(run.downloading(images, accepted).accepted).toEqual(accepted);
    expect(run.ended({ ...done, hold: 'released' }).accepted).toEqual(accepted);
  });

  test('that ends before any outcome keeps the images that it was to get', () => {
    const run = receiptOf(target, { kind: 'none' }, origin);
    const { images: wanted } = run.downloading(images, null);
    const error = { code: 'store', message: 'broken', hint: null };
    const ended = run.ended({ state: 'failed', hold: 'ours', outcomes: [], payloads: [], error });
    expect(ended).toMatchObject({ state: 'failed', images: wanted, error });
  });
});

test.each([
  { hold: 'released', recorded: null },
  { hold: 'ours', recorded: 'ours' },
  { hold: 'theirs', recorded: 'theirs' },
  { hold: null, recorded: null },
] as const)('a hold that is $hold at the end is recorded as $recorded', ({ hold, recorded }) => {
  const run = receiptOf(target, { kind: 'none' }, origin);
  run.checking('ours');
  expect(run.ended({ ...done, hold }).finalizationLock).toBe(recorded);
});

test.each([
  { name: 'the first', before: { kind: 'none' }, runs: 1 },
  { name: 'one more than the last', before: { kind: 'read', value: earlier }, runs: 3 },
  {
    name: 'the first when the last is not known any more',
    before: { kind: 'damaged', damage: { file: '/x', message: 'x', hint: 'x' } },
    runs: 1,
  },
] as const)('a run is counted as $name', ({ before, runs }) => {
  expect(receiptOf(target, before, origin).checking(null).runs).toBe(runs);
});

test('nothing of an earlier run but its number is kept', () => {
  const first = receiptOf(target, { kind: 'read', value: earlier }, origin).checking(null);
  expect(first).toMatchObject({ deployment: 'os-abc.0', images: [], error: null, finalizationLock: null });
});

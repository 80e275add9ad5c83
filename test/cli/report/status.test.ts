import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { statusJson as print, statusText } from '../../../src/cli/report/status.js';
import type { Deployment } from '../../../src/model/deployment.js';
import type { DeploymentStatus, StatusReport } from '../../../src/operations/status.js';
import type { Presence } from '../../../src/plan/presence.js';
import { receipt } from '../../state/sample-receipt.js';
import { resolvedImage } from '../../support/planned-image.js';
import { validated } from '../../support/schemas.js';

const statusJson = validated('status', print);

const digest = `sha256:${'a'.repeat(64)}`;

const deployment: Deployment = {
  stateroot: 'os',
  checksum: 'abc',
  serial: 0,
  id: 'os-abc.0',
  root: '/ostree/deploy/os/deploy/abc.0',
  booted: false,
  staged: false,
  rollback: false,
  pinned: false,
  softReboot: false,
  heldBy: null,
};

function presence(text: string, isPresent: boolean, size: number | null = 2_000_000): Presence {
  const nothing = { platform: null, problem: null, unproved: null };
  return { ...nothing, resolved: resolvedImage(text), isPresent, digest: isPresent ? digest : null, size };
}

function report(status: Partial<DeploymentStatus>, rest: Partial<StatusReport> = {}): StatusReport {
  const known = { deployment, images: [], payloads: [], receipt: null, error: null, reason: null, ...status };
  return {
    kind: 'ostree',
    deployments: [known],
    worker: { kind: 'none' },
    parts: [],
    leases: [],
    damaged: [],
    ...rest,
  };
}

const holder = { pid: 17, command: 'bound-images stage', since: '2026-03-01T10:00:00.000Z' };

test('JSON has each deployment with its images, its holder and its receipt, and who is at work', () => {
  const staged = { ...deployment, staged: true, heldBy: 'theirs' } as const;
  const damaged = [{ file: '/var/lib/bound-images/x.json', message: 'not used', hint: 'kept aside' }];
  const images = [presence('quay.io/x/y:1', true), presence('quay.io/x/z:1', false, null)];
  expect(
    statusJson(
      report({ deployment: staged, images, receipt }, { worker: { kind: 'busy', holder }, damaged }),
    ),
  ).toEqual({
    schemaVersion: 1,
    host: 'ostree',
    deployments: [
      {
        id: 'os-abc.0',
        root: '/ostree/deploy/os/deploy/abc.0',
        booted: false,
        staged: true,
        rollback: false,
        pinned: false,
        softReboot: false,
        finalizationLock: 'theirs',
        images: [
          {
            reference: 'quay.io/x/y:1',
            store: 'podman',
            state: 'present',
            digest,
            size: 2_000_000,
            platform: null,
            problem: null,
          },
          {
            reference: 'quay.io/x/z:1',
            store: 'podman',
            state: 'missing',
            digest: null,
            size: null,
            platform: null,
            problem: null,
          },
        ],
        payloads: [],
        receipt,
        error: null,
      },
    ],
    keptParts: { layers: 0, bytes: 0 },
    leases: [],
    busy: { holder },
    damaged,
  });
});

describe('text', () => {
  const unaccepted = { ...receipt, accepted: null };
  const lines = (some: StatusReport) =>
    statusText(some, new PassThrough() as never)
      .split('\n')
      .slice(0, -1);

  test.each([
    { name: 'one that is booted', fields: { booted: true }, line: '* os-abc.0  booted' },
    {
      name: 'a rollback that is pinned',
      fields: { rollback: true, pinned: true },
      line: '  os-abc.0  rollback, pinned',
    },
    {
      name: 'one that is prepared for a soft reboot',
      fields: { staged: true, softReboot: true, heldBy: 'theirs' },
      line: '  os-abc.0  staged, prepared for a soft reboot, held by someone else',
    },
    {
      name: 'one that we hold',
      fields: { staged: true, heldBy: 'ours' },
      line: '  os-abc.0  staged, held by bound-images',
    },
    {
      name: 'one that is held by somebody else',
      fields: { staged: true, heldBy: 'theirs' },
      line: '  os-abc.0  staged, held by someone else',
    },
    { name: 'one that is only there', fields: {}, line: '  os-abc.0' },
  ] as const)('names $name', ({ fields, line }) => {
    expect(lines(report({ deployment: { ...deployment, ...fields } }))[0]).toBe(line);
  });

  test('counts images that are present, with their size', () => {
    const images = [presence('quay.io/x/y:1', true), presence('quay.io/x/z:1', true, null)];
    expect(lines(report({ images })).slice(1)).toEqual([
      '    2 bound images present, 2.0 MB with shared layers',
    ]);
  });

  test('names images that are missing', () => {
    const images = [presence('quay.io/x/y:1', true), presence('quay.io/x/z:1', false)];
    expect(lines(report({ images })).slice(1)).toEqual([
      '    1 of 2 bound images missing, 2.0 MB with shared layers',
      '    missing quay.io/x/z:1',
    ]);
  });

  test('says how much is kept of layers', () => {
    const part = { digest, changedMs: 0 };
    const parts = [
      { ...part, bytes: 3_000_000 },
      { ...part, bytes: 400_000_000 },
    ];
    expect(lines(report({}, { parts })).at(-1)).toBe('kept for the next pull: 403 MB of 2 layers');
  });

  test('counts nothing where nobody knows what is bound', () => {
    expect(lines(report({ error: 'it cannot be read' })).slice(1)).toEqual(['    it cannot be read']);
  });

  test('says how the last run went, and why it failed', () => {
    expect(lines(report({ receipt: unaccepted })).slice(1)).toEqual([
      '    0 bound images present',
      '    stage failed at 2026-03-01T10:01:30.500Z, in 2 runs',
      '    it was replaced',
      '    registry.example.com/team/db:16: authentication required',
    ]);
  });

  test('says what was accepted to be missing, and why', () => {
    expect(lines(report({ receipt: { ...receipt, images: [], error: null } })).slice(2)).toEqual([
      '    stage failed at 2026-03-01T10:01:30.500Z, in 2 runs',
      '    accepted as missing at 2026-03-01T10:00:00.000Z: the registry is gone for good',
      '      registry.example.com/team/db:16',
    ]);
  });

  test('says once what is wrong with several images', () => {
    const problem = { code: 'damaged', message: 'a layer is gone', hint: 'pull it' } as const;
    const images = ['y', 'z'].map((name) => ({ ...presence(`quay.io/x/${name}:1`, false), problem }));
    const image = receipt.images.find((each) => each.error !== null);
    const failed = [
      ...receipt.images,
      ...(image === undefined ? [] : [{ ...image, reference: 'quay.io/a' }]),
    ];
    const shown = lines(report({ images, receipt: { ...unaccepted, error: null, images: failed } })).slice(2);
    expect(shown).toEqual([
      '    missing quay.io/x/y:1',
      '    missing quay.io/x/z:1',
      '            a layer is gone',
      '            hint: pull it',
      '    stage failed at 2026-03-01T10:01:30.500Z, in 2 runs',
      '    registry.example.com/team/db:16, quay.io/a: authentication required',
    ]);
  });

  test.each([
    { state: 'checking', says: 'was checking' },
    { state: 'downloading', says: 'was downloading' },
    { state: 'staged', says: 'completed it' },
  ] as const)('of a run whose state is $state says that it $says', ({ state, says }) => {
    const only = { ...unaccepted, state, runs: 1, images: [], error: null };
    expect(lines(report({ receipt: only })).at(-1)).toBe(`    stage ${says} at 2026-03-01T10:01:30.500Z`);
  });

  test.each([
    { holder, says: 'at work now: process 17, “bound-images stage”' },
    { holder: null, says: 'at work now: another bound-images' },
  ])('says who is at work: $says', (row) => {
    expect(lines(report({}, { worker: { kind: 'busy', holder: row.holder } })).at(-1)).toBe(row.says);
  });
});

test('what was prefetched is told with its images, for a person and in JSON', () => {
  const until = '2026-03-15T10:00:00.000Z';
  const images = [
    { id: 'a'.repeat(64), names: ['quay.io/x/y:1', 'quay.io/x/z:1'] },
    { id: 'b'.repeat(64), names: null },
  ];
  const leases = [
    { osImage: 'quay.io/x/os:2', until, isOver: false, images },
    { osImage: 'quay.io/x/os\u001b:1', until, isOver: true, images: [] },
  ];
  const told = report({}, { leases });
  expect(statusText(told, new PassThrough() as never)).toContain(
    [
      'prefetched for quay.io/x/os:2: 2 images, kept until 2026-03-15',
      '    quay.io/x/y:1',
      '    bbbbbbbbbbbb is not there any more',
      'prefetched for quay.io/x/os\\x1b:1: 0 images, kept until 2026-03-15, which is over: prune may remove what nothing else keeps',
      '',
    ].join('\n'),
  );
  expect(statusJson(told)).toMatchObject({
    leases: [
      {
        osImage: 'quay.io/x/os:2',
        until,
        expired: false,
        images: [
          { id: 'a'.repeat(64), names: ['quay.io/x/y:1', 'quay.io/x/z:1'], state: 'present' },
          { id: 'b'.repeat(64), names: [], state: 'missing' },
        ],
      },
      { expired: true, images: [] },
    ],
  });
});

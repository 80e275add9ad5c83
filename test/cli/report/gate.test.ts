import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { gateText, gateJson as print } from '../../../src/cli/report/gate.js';
import { diagnose } from '../../../src/diagnostic/diagnose.js';
import { nowhere } from '../../../src/diagnostic/place.js';
import type { Payload } from '../../../src/model/payload.js';
import type { GateExamined } from '../../../src/operations/gate.js';
import type { Presence } from '../../../src/plan/presence.js';
import { resolvedImage } from '../../support/planned-image.js';
import { validated } from '../../support/schemas.js';

const gateJson = validated('gate', print);

const digest = `sha256:${'a'.repeat(64)}`;
const target = { id: 'os-abc.0', root: '/ostree/deploy/os/deploy/abc.0' };

function presence(text: string, isPresent: boolean): Presence {
  return {
    resolved: resolvedImage(text),
    isPresent,
    digest: isPresent ? digest : null,
    size: isPresent ? 1000 : null,
    platform: isPresent ? 'linux/amd64' : null,
    problem: null,
    unproved: null,
  };
}

const there = presence('quay.io/x/y:1', true);
const missing = presence('quay.io/x/z:1', false);

const examined: GateExamined = {
  kind: 'examined',
  target,
  images: [],
  payloads: [],
  diagnostics: [],
  verdict: 'complete',
  heldBy: null,
  softReboot: null,
  accepted: null,
};

const accepted = { references: ['quay.io/x/z:1'], reason: 'gone', at: '2026-03-01T10:00:00.000Z' };

describe('JSON', () => {
  test('has each image, who holds the deployment, and what is wrong with its configuration', () => {
    const diagnostics = [diagnose('entry-leftover', nowhere, {})];
    expect(
      gateJson({ ...examined, images: [there, missing], diagnostics, heldBy: 'ours', accepted }),
    ).toEqual({
      schemaVersion: 1,
      deployment: 'os-abc.0',
      root: '/ostree/deploy/os/deploy/abc.0',
      images: [
        {
          reference: 'quay.io/x/y:1',
          store: 'podman',
          state: 'present',
          digest,
          size: 1000,
          platform: 'linux/amd64',
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
      finalizationLock: 'ours',
      softReboot: null,
      accepted,
      diagnostics: diagnostics.map((each) => ({ ...each, path: null })),
    });
  });

  test('has the same fields when nothing is staged', () => {
    expect(gateJson({ kind: 'nothing-staged' })).toEqual({
      schemaVersion: 1,
      deployment: null,
      root: null,
      images: [],
      payloads: [],
      finalizationLock: null,
      softReboot: null,
      accepted: null,
      diagnostics: [],
    });
    expect(Object.keys(gateJson({ kind: 'nothing-staged' }))).toEqual(Object.keys(gateJson(examined)));
  });
});

describe('payloads', () => {
  const payload: Payload = {
    ...{ source: { kind: 'path', path: '/boot/vmlinuz' }, as: 'kernel/vmlinuz', maxBytes: 100 },
    ...{ mode: undefined, digest: undefined, place: nowhere },
  };
  const reference = 'quay.io/x/os:1';
  const placed = { reference, payload, isPresent: true, bytes: 7, problem: null };
  const gone = { ...placed, isPresent: false, bytes: null, problem: 'was not taken' };

  test('are in JSON', () => {
    const known = { reference, path: '/boot/vmlinuz', title: null, mediaType: null, as: 'kernel/vmlinuz' };
    expect(gateJson({ ...examined, payloads: [placed, gone] })).toMatchObject({
      payloads: [
        { ...known, state: 'present', bytes: 7, problem: null },
        { ...known, state: 'missing', bytes: null, problem: 'was not taken' },
      ],
    });
  });

  test('are counted, and those that are missing named', () => {
    const text = gateText({ ...examined, payloads: [placed, gone] }, new PassThrough() as never);
    expect(text).toBe(
      'missing kernel/vmlinuz (file /boot/vmlinuz of quay.io/x/os:1)\n        it was not taken\nos-abc.0: 0 of 0 bound images, 1 of 2 payloads present\n',
    );
  });
});

describe('text', () => {
  test('says how many are missing and were accepted to be', () => {
    const text = gateText({ ...examined, images: [there, missing], accepted }, new PassThrough() as never);
    expect(text).toBe(
      'missing quay.io/x/z:1\nos-abc.0: 1 of 2 bound images present, 1 accepted as missing\n',
    );
  });

  test.each([
    {
      name: 'counts the images when all are there',
      images: [there],
      heldBy: null,
      text: 'os-abc.0: 1 of 1 bound image present\n',
    },
    {
      name: 'names those that are missing',
      images: [there, missing],
      heldBy: null,
      text: 'missing quay.io/x/z:1\nos-abc.0: 1 of 2 bound images present\n',
    },
    {
      name: 'says what it means that the deployment is held',
      images: [missing],
      heldBy: 'ours',
      text: 'missing quay.io/x/z:1\nos-abc.0: 0 of 1 bound image present; it is held, and the next boot is the current deployment\n',
    },
    {
      name: 'says so, too, when somebody else holds it and all are there',
      images: [there],
      heldBy: 'theirs',
      text: 'os-abc.0: 1 of 1 bound image present; it is held, and the next boot is the current deployment\n',
    },
    {
      name: 'counts none where none is bound',
      images: [],
      heldBy: null,
      text: 'os-abc.0: 0 of 0 bound images present\n',
    },
  ] as const)('$name', ({ images, heldBy, text }) => {
    expect(gateText({ ...examined, images, heldBy }, new PassThrough() as never)).toBe(text);
  });
});

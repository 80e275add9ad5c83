import { expect, test } from 'vitest';
import { parseRpmOstreeStatus } from '../../../src/tools/ostree/rpm-ostree.js';

/** A deployment of `rpm-ostree status --json`, less the fields that nobody reads. */
function deployment(letter: string, rest: object = {}) {
  const checksum = letter.repeat(64);
  return {
    unlocked: 'none',
    osname: 'fedora-coreos',
    pinned: false,
    checksum,
    booted: false,
    id: `fedora-coreos-${checksum}.0`,
    version: '44.20261101.3.0',
    serial: 0,
    timestamp: 1591031729,
    staged: false,
    ...rest,
  };
}

function status(...deployments: readonly object[]): string {
  return JSON.stringify({ deployments, transaction: null, 'cached-update': null, 'update-driver': null });
}

const plain = {
  stateroot: 'fedora-coreos',
  serial: 0,
  booted: false,
  staged: false,
  rollback: false,
  pinned: false,
  softReboot: false,
  locked: false,
};

test.each([
  {
    name: 'what Zincati has staged, the booted one and the rollback',
    json: status(
      deployment('a', { staged: true, 'finalization-locked': true }),
      deployment('b', { booted: true }),
      deployment('c'),
      deployment('d', { pinned: true }),
    ),
    deployments: [
      { ...plain, checksum: 'a'.repeat(64), staged: true, locked: true },
      { ...plain, checksum: 'b'.repeat(64), booted: true },
      { ...plain, checksum: 'c'.repeat(64), rollback: true },
      { ...plain, checksum: 'd'.repeat(64), pinned: true },
    ],
  },
  {
    name: 'no rollback in another stateroot',
    json: status(deployment('b', { booted: true, serial: 2 }), deployment('c', { osname: 'other' })),
    deployments: [
      { ...plain, checksum: 'b'.repeat(64), booted: true, serial: 2 },
      { ...plain, checksum: 'c'.repeat(64), stateroot: 'other' },
    ],
  },
  {
    name: 'no rollback where none of them is booted',
    json: status(deployment('a'), deployment('b')),
    deployments: [
      { ...plain, checksum: 'a'.repeat(64) },
      { ...plain, checksum: 'b'.repeat(64) },
    ],
  },
  {
    name: 'what 2021.1 prints, which leaves “staged” out where nothing is',
    json: status(deployment('b', { booted: true, staged: undefined })),
    deployments: [{ ...plain, checksum: 'b'.repeat(64), booted: true }],
  },
])('lists $name', ({ json, deployments }) => {
  expect(parseRpmOstreeStatus(json)).toEqual(deployments);
});

test.each([
  { json: 'State: idle', problem: 'what “rpm-ostree status --json” prints cannot be read: it is not JSON' },
  { json: '{"deployments": null}', problem: 'deployments is not a list' },
  { json: status({ osname: 'os' }), problem: 'deployments[0].checksum is not the checksum of a commit' },
])('refuses $json', ({ json, problem }) => {
  expect(() => parseRpmOstreeStatus(json)).toThrow(
    expect.objectContaining({ code: 'deployment', message: expect.stringContaining(problem) }),
  );
});

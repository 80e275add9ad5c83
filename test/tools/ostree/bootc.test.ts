import { expect, test } from 'vitest';
import { parseBootcStatus } from '../../../src/tools/ostree/bootc.js';

/** A boot entry of `bootc status --format-version=1` as 1.16 prints it, less the fields that nobody reads. */
function bootEntry(letter: string, rest: object = {}) {
  const imageDigest = `sha256:${letter.repeat(64)}`;
  return {
    image: {
      image: { image: 'quay.io/example/os:latest', transport: 'registry' },
      version: 'stream9.20260807.0',
      timestamp: null,
      imageDigest,
      architecture: 'arm64',
    },
    cachedUpdate: null,
    incompatible: false,
    pinned: false,
    softRebootCapable: false,
    downloadOnly: false,
    store: 'ostreeContainer',
    ostree: { checksum: letter.repeat(64), deploySerial: 0, stateroot: 'default' },
    composefs: null,
    ...rest,
  };
}

function hostStatus(status: object): string {
  return JSON.stringify({
    apiVersion: 'org.containers.bootc/v1',
    kind: 'BootcHost',
    metadata: { name: 'host' },
    spec: { image: { image: 'quay.io/example/os:latest', transport: 'registry' }, bootOrder: 'default' },
    status: {
      staged: null,
      booted: bootEntry('b'),
      rollback: null,
      rollbackQueued: false,
      type: 'bootcHost',
      ...status,
    },
  });
}

const plain = {
  stateroot: 'default',
  serial: 0,
  booted: false,
  staged: false,
  rollback: false,
  pinned: false,
  softReboot: false,
  locked: false,
};
const booted = { ...plain, checksum: 'b'.repeat(64), booted: true };
const rollback = { ...plain, checksum: 'c'.repeat(64), rollback: true };

test.each([
  { name: 'only what is booted', status: {}, deployments: [booted] },
  {
    name: 'what is staged before what is booted and the rollback',
    status: { staged: bootEntry('a'), rollback: bootEntry('c') },
    deployments: [{ ...plain, checksum: 'a'.repeat(64), staged: true }, booted, rollback],
  },
  {
    name: 'what is staged for download only as locked',
    status: { staged: bootEntry('a', { downloadOnly: true }) },
    deployments: [{ ...plain, checksum: 'a'.repeat(64), staged: true, locked: true }, booted],
  },
  {
    name: 'what bootc before 1.12 stages, which has no word on locks',
    status: { staged: bootEntry('a', { downloadOnly: undefined }) },
    deployments: [{ ...plain, checksum: 'a'.repeat(64), staged: true }, booted],
  },
  {
    name: 'a queued rollback before what is booted',
    status: { rollback: bootEntry('c'), rollbackQueued: true },
    deployments: [rollback, booted],
  },
  {
    name: 'a staged deployment with layered packages, which has no image',
    status: { staged: bootEntry('a', { image: null, incompatible: true, store: null }) },
    deployments: [{ ...plain, checksum: 'a'.repeat(64), staged: true }, booted],
  },
  {
    name: 'other deployments last',
    status: { rollback: bootEntry('c'), otherDeployments: [bootEntry('d', { pinned: true })] },
    deployments: [booted, rollback, { ...plain, checksum: 'd'.repeat(64), pinned: true }],
  },
])('lists $name', ({ status, deployments }) => {
  expect(parseBootcStatus(hostStatus(status))).toEqual(deployments);
});

test.each([
  {
    name: 'what is booted was not deployed from a container image',
    status: { booted: bootEntry('b', { image: null, store: null }), type: null },
  },
  { name: 'nothing is booted', status: { booted: null, type: null } },
])('says that bootc does not manage a host where $name', ({ status }) => {
  expect(parseBootcStatus(hostStatus(status))).toBeUndefined();
});

test('refuses a host of the composefs backend', () => {
  const composefs = {
    verity: 'e'.repeat(128),
    bootType: 'Bls',
    bootloader: 'systemd',
    bootDigest: null,
    missingVerityAllowed: false,
  };
  const status = { booted: bootEntry('b', { ostree: null, composefs, store: null }) };
  expect(() => parseBootcStatus(hostStatus(status))).toThrow(
    expect.objectContaining({ code: 'unsupported-host', reason: { kind: 'composefs' } }),
  );
});

test.each([
  { name: 'text', json: 'apiVersion: org.containers.bootc/v1', problem: 'it is not JSON' },
  { name: 'no status', json: '{}', problem: 'status is not an object' },
  {
    name: 'no stateroot, as before 1.3',
    json: hostStatus({
      booted: bootEntry('b', { ostree: { checksum: 'b'.repeat(64), deploySerial: 0 } }),
    }),
    problem: 'status.booted.ostree.stateroot is not the name of a stateroot',
  },
  {
    name: 'a wrong type',
    json: hostStatus({ staged: 'quay.io/example/os' }),
    problem: 'status.staged is not an object',
  },
])('refuses $name', ({ json, problem }) => {
  expect(() => parseBootcStatus(json)).toThrow(
    expect.objectContaining({ code: 'deployment', message: expect.stringContaining(problem) }),
  );
});

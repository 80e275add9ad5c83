import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/diagnostic/diagnose.js';
import { nowhere } from '../../src/diagnostic/place.js';
import { BoundImagesError } from '../../src/model/error.js';
import { type StatusPorts, status } from '../../src/operations/status.js';
import { receipt as sample } from '../state/sample-receipt.js';
import { resolvedImage } from '../support/planned-image.js';
import { soundImage } from '../support/sound-image.js';
import { bootedDeployment, otherDeployment, stagedDeployment } from './deployments.js';

const digest = `sha256:${'a'.repeat(64)}`;
const app = 'quay.io/x/app:1';
const staged = stagedDeployment('next', 'ours');
const old = otherDeployment('old', { rollback: true });

/** A host whose deployments bind one image that is there, as far as nothing else is said. */
function portsOf(ports: Partial<StatusPorts> = {}): StatusPorts {
  return {
    findHost: async () => ({
      kind: 'bootc',
      deployments: async () => [staged, bootedDeployment, old],
      hold: () => Promise.reject(new Error('status holds nothing')),
      release: () => Promise.reject(new Error('status releases nothing')),
      clearSoftReboot: () => Promise.reject(new Error('status clears nothing')),
      watch: () => () => undefined,
    }),
    receipts: { read: () => ({ kind: 'none' }), all: () => [] },
    payloads: { look: async () => [], all: () => ({ deployments: [], damaged: [] }) },
    read: () => ({ images: [resolvedImage(app)], diagnostics: [] }),
    stores: ['podman'],
    images: async () => {
      const stored = { id: 'i', names: [app], repoDigests: [`quay.io/x/app@${digest}`], size: 1 };
      return { images: [stored], proofOf: soundImage };
    },
    artifacts: async () => new Map(),
    parts: async () => [{ digest, bytes: 7, changedMs: 0 }],
    leases: async () => [{ leases: [], damage: null }],
    findWorker: async () => ({ kind: 'none' }),
    ...ports,
  };
}

const { signal } = new AbortController();
const run = (ports?: Partial<StatusPorts>) => status({ currentRoot: '/', signal }, portsOf(ports));
const present = { isPresent: true, digest };
const damage = { file: '/state/old.json', message: 'it is not used', hint: 'it is kept' };

test('has each deployment with its images and its receipt, and who is at work', async () => {
  const value = { ...sample, deployment: staged.id, images: [] };
  const report = await run({
    receipts: {
      read: (id) => (id === staged.id ? { kind: 'read', value } : { kind: 'none' }),
      all: () => [{ kind: 'read', value }],
    },
    findWorker: async () => ({ kind: 'busy', holder: null }),
  });
  expect(report).toMatchObject({
    kind: 'bootc',
    deployments: [
      { deployment: staged, images: [present], receipt: value, error: null },
      { deployment: bootedDeployment, images: [present], receipt: null, error: null },
      { deployment: old, images: [present], receipt: null, error: null },
    ],
    worker: { kind: 'busy', holder: null },
    parts: [{ digest, bytes: 7 }],
    damaged: [],
  });
});

test('reads each root with the /etc that it has, or will have', async () => {
  const read: unknown[] = [];
  await run({
    read: (roots) => {
      read.push(roots);
      return { images: [], diagnostics: [] };
    },
  });
  expect(read).toEqual([
    { root: staged.root, currentRoot: '/' },
    { root: bootedDeployment.root, currentRoot: bootedDeployment.root },
    { root: old.root, currentRoot: old.root },
  ]);
});

describe('what cannot be told of one deployment does not hide the others', () => {
  const ofOld = (fields: object) => [{ error: null }, { error: null }, fields];

  test('its root cannot be read', async () => {
    const { deployments } = await run({
      read: ({ root }) => {
        if (root === old.root) throw new BoundImagesError('usage', 'it does not exist');
        return { images: [], diagnostics: [] };
      },
    });
    expect(deployments).toMatchObject(ofOld({ images: [], error: 'it does not exist' }));
  });

  test('it is no OS', async () => {
    const without = diagnose('root-without-os', nowhere, { root: old.root });
    const { deployments } = await run({
      read: ({ root }) => ({ images: [], diagnostics: root === old.root ? [without] : [] }),
    });
    expect(deployments).toMatchObject(ofOld({ error: without.message }));
  });

  test('its receipt is damaged', async () => {
    const { deployments, damaged } = await run({
      receipts: {
        read: (id) => (id === old.id ? { kind: 'damaged', damage } : { kind: 'none' }),
        all: () => [{ kind: 'damaged', damage }],
      },
    });
    expect(deployments).toMatchObject(ofOld({ images: [present], receipt: null, error: damage.message }));
    expect(damaged).toEqual([damage]);
  });

  test('its artifacts cannot be asked for', async () => {
    let count = 0;
    const { deployments } = await run({
      artifacts: async () => {
        count += 1;
        if (count === 3) throw new BoundImagesError('store', 'podman does not answer');
        return new Map();
      },
    });
    expect(deployments).toMatchObject(ofOld({ images: [], error: 'podman does not answer' }));
  });
});

test('says that it is not known who is at work where the store is not', async () => {
  const { worker } = await run({
    findWorker: () => Promise.reject(new BoundImagesError('store', 'podman does not answer')),
  });
  expect(worker).toEqual({ kind: 'unknown', reason: 'podman does not answer' });
});

test('says what was prefetched, once for all stores, and what they have of it', async () => {
  const lease = { osImage: 'quay.io/x/os:2', until: '2026-01-02T00:00:00.000Z', isOver: true };
  const { leases, damaged } = await run({
    leases: async () => [
      { leases: [{ ...lease, ids: ['i', 'gone'] }], damage },
      { leases: [{ ...lease, ids: ['i', 'gone'] }], damage: null },
    ],
  });
  expect(leases).toEqual([
    {
      ...lease,
      images: [
        { id: 'i', names: [app] },
        { id: 'gone', names: null },
      ],
    },
  ]);
  expect(damaged).toEqual([damage]);
  const failing = () => Promise.reject(new BoundImagesError('store', 'podman does not answer'));
  expect((await run({ leases: failing })).leases).toEqual([]);
});

test('needs a host with deployments', async () => {
  await expect(run({ findHost: async () => undefined })).rejects.toMatchObject({
    code: 'unsupported-host',
    message: 'this needs an ostree host, and this machine was not booted by ostree',
    // It takes no root, so there is none to name.
    hint: null,
  });
});

import { describe, expect, test } from 'vitest';
import type { Deployment } from '../../src/model/deployment.js';
import { BoundImagesError } from '../../src/model/error.js';
import type { OperationEvent } from '../../src/model/events.js';
import type { Failure } from '../../src/model/failure.js';
import { rootPath } from '../../src/model/path.js';
import type { Receipt } from '../../src/model/receipt.js';
import type { StoreImage } from '../../src/model/store.js';
import { type PruneInput, type PrunePorts, prune } from '../../src/operations/prune.js';
import type { KeptPart } from '../../src/state/kept-parts.js';
import type { Lease } from '../../src/state/leases.js';
import type { PulledImage } from '../../src/state/pulled-images.js';
import type { ReadReceipt } from '../../src/state/receipts.js';
import type { ImageNeeds } from '../../src/tools/podman/image-needs.js';
import { receipt as sample } from '../state/sample-receipt.js';
import { makeTree } from '../support/tree.js';
import { idOf, otherDeployment } from './deployments.js';

const name = (image: string) => `quay.io/x/${image}:1`;
const osRelease = { 'usr/lib/os-release': 'ID=test\n' };

function rootThatBinds(...images: readonly string[]) {
  const references = images.map((image) => `"${name(image)}"`).join(', ');
  return makeTree({ ...osRelease, 'usr/lib/bound-images.d/apps.toml': `images = [${references}]\n` });
}

interface Stored {
  readonly image: string;
  /** All names that it has; its own by default. */
  readonly names?: readonly string[];
  /** What it was pulled as by this tool; its own name by default. */
  readonly pulledAs?: readonly string[];
  readonly isUsed?: boolean;
  /** The layers that it is made of; one of its own by default, null where nobody knows. */
  readonly layers?: readonly string[] | null;
  /** The digests that it lists, being a list of images. */
  readonly members?: readonly string[];
}

interface World {
  readonly deployments: readonly Deployment[];
  readonly stored: readonly Stored[];
  readonly receipts: readonly ReadReceipt[];
  /** Calls that fail, and how. */
  readonly fails: Readonly<Record<string, Failure | BoundImagesError>>;
  readonly damage: { readonly file: string; readonly message: string; readonly hint: string };
  readonly leases: readonly Lease[];
  readonly leaseDamage: World['damage'];
  readonly hasNoHost: boolean;
  readonly parts: readonly KeptPart[];
  /** No part can be removed. */
  readonly isPartStuck: boolean;
  /** The call at which the run is stopped. */
  readonly stopAt: string;
}

const deployments = {
  booted: otherDeployment('booted', { booted: true, root: rootThatBinds('app') }),
  rollback: otherDeployment('old', { rollback: true, root: rootThatBinds('old') }),
  staged: otherDeployment('next', { staged: true, heldBy: 'ours', root: rootThatBinds('next') }),
};
const all = [deployments.staged, deployments.booted, deployments.rollback];

async function run(world: Partial<World>, input: Partial<PruneInput> = {}) {
  const calls: string[] = [];
  const events: OperationEvent[] = [];
  const stop = new AbortController();
  const stored = world.stored ?? [];
  const receipts = new Map(
    (world.receipts ?? []).map((read) => [
      read.kind === 'read' ? read.value.deployment : read.kind === 'damaged' ? read.damage.file : '',
      read,
    ]),
  );
  let parts = world.parts ?? [];
  const removed = new Set<string>();
  const failureOf = (call: string) => {
    calls.push(call);
    if (call === world.stopAt) stop.abort();
    const failure = world.fails?.[call];
    if (failure instanceof BoundImagesError) throw failure;
    return failure;
  };
  const images: readonly StoreImage[] = stored.map(({ image, names = [name(image)] }) => ({
    id: image,
    names,
    repoDigests: [],
    size: 1000,
  }));
  const pulled: readonly PulledImage[] = stored.flatMap(({ image, pulledAs = [name(image)] }) =>
    pulledAs.map((each) => ({ name: each, id: image, digest: 'd', at: 't', stamp: 's' })),
  );
  const needs = stored.flatMap(({ image, layers = [image], members = [] }): [string, ImageNeeds][] =>
    layers === null ? [] : [[image, { layers, members, manifests: [`digest of ${image}`] }]],
  );
  const host = {
    kind: 'ostree' as const,
    deployments: async () => {
      failureOf('deployments');
      return world.deployments ?? all;
    },
    hold: async () => 'ours' as const,
    release: async () => 'released' as const,
    clearSoftReboot: async () => false,
    watch: () => () => undefined,
  };
  const ports: PrunePorts = {
    stores: ['podman'],
    findHost: async () => (world.hasNoHost ? undefined : host),
    receipts: {
      read: (id) => receipts.get(id) ?? { kind: 'none' },
      all: () => [...receipts.values()],
      remove: (id) => {
        failureOf(`forget the receipt of ${id}`);
        receipts.delete(id);
      },
    },
    payloads: { all: () => ({ deployments: [], damaged: [] }), remove: () => undefined },
    openStore: async () => {
      failureOf('open the store');
      return {
        pulled: () => ({ images: world.damage ? [] : pulled, damage: world.damage ?? null }),
        forget: (gone) => {
          for (const { id, pulledAs } of gone) failureOf(`forget ${id}, pulled as ${pulledAs.join(' ')}`);
        },
        leases: () => ({ leases: world.leases ?? [], damage: world.leaseDamage ?? null }),
        forgetOldLeases: () => undefined,
        release: () => void failureOf('close the store'),
        images: async () => {
          failureOf('list images');
          return images;
        },
        usedImages: async () => {
          failureOf('list used images');
          return new Set(stored.flatMap(({ image, isUsed }) => (isUsed ? image : [])));
        },
        imageNeeds: async () => {
          failureOf('read what images need');
          return new Map(needs);
        },
        remove: async (id) => {
          const failure = failureOf(`remove ${id}`);
          if (failure === undefined) removed.add(id);
          return failure;
        },
        untag: async (id, names) => failureOf(`untag ${id}: ${names.join(' ')}`),
        parts: {
          list: () => parts,
          remove: (digests) => {
            for (const digest of digests) {
              failureOf(`remove the part ${digest}`);
              parts = parts.filter((part) => part.digest !== digest || world.isPartStuck);
            }
          },
        },
        layers: async () => new Set(['sha256:stored']),
      };
    },
    observe: (event) => events.push(event),
  };
  const ended = await prune(
    {
      currentRoot: deployments.booted.root,
      dir: undefined,
      dryRun: false,
      keepParts: 7,
      signal: stop.signal,
      ...input,
    },
    ports,
  ).then(
    (result) => ({ result, error: undefined }),
    (error: unknown) => ({ result: undefined, error }),
  );
  const actions = Object.fromEntries((ended.result?.images ?? []).map(({ id, action }) => [id, action]));
  const changes = calls.filter((call) => /^(?:remove|untag|forget)/.test(call));
  return { ...ended, actions, calls, changes, removed: [...removed], receipts: [...receipts.keys()], events };
}

const unwanted: Stored = { image: 'gone' };

/** What was kept of a layer, and so many days ago. */
function part(name: string, days: number): KeptPart {
  return { digest: `sha256:${name}`, bytes: 10, changedMs: Date.now() - days * 86_400_000 };
}

describe('what was kept of layers', () => {
  test('goes when it is old, or when the store has the layer', async () => {
    const parts = [part('old', 7.1), part('stored', 1), part('young', 6.9)];
    const ran = await run({ parts });
    expect(ran.result?.parts).toMatchObject([
      { digest: 'sha256:old', action: 'remove', isDone: true },
      { digest: 'sha256:stored', action: 'remove', isDone: true },
      { digest: 'sha256:young', action: 'keep', isDone: false },
    ]);
    expect(ran.changes).toEqual(['remove the part sha256:old', 'remove the part sha256:stored']);
  });

  test('goes whatever its age where nothing is to be kept', async () => {
    const ran = await run({ parts: [part('young', 0)] }, { keepParts: 0 });
    expect(ran.result?.parts).toMatchObject([{ action: 'remove', isDone: true }]);
  });

  test('is not said to be gone when it is still there', async () => {
    const ran = await run({ parts: [part('old', 8)], isPartStuck: true });
    expect(ran.result?.parts).toMatchObject([{ action: 'remove', isDone: false }]);
  });

  test('stays once the run is stopped', async () => {
    const ran = await run({ parts: [part('old', 8)], stored: [unwanted], stopAt: 'remove gone' });
    expect(ran.changes).not.toContain('remove the part sha256:old');
  });
});
const broken: Failure = { code: 'unknown', kind: 'permanent', message: 'image is in use', hint: null };

function recorded(deployment: string, fields: Partial<Receipt> = {}): ReadReceipt {
  return { kind: 'read', value: { ...sample, deployment, images: [], ...fields } };
}

function lease(id: string): Lease {
  const until = '2100-01-01T00:00:00Z';
  return { osImage: 'quay.io/os:2', until, ids: [id] };
}

function recordedImage(reference: string, id: string | null): Receipt['images'][number] {
  const [image] = sample.images;
  if (image === undefined) throw new Error('the sample has no image');
  return { ...image, reference, id };
}

describe('an image that this tool has pulled', () => {
  interface Row {
    readonly name: string;
    readonly world: Partial<World> & Pick<World, 'stored'>;
    readonly actions: Readonly<Record<string, string>>;
    readonly changes: readonly string[];
  }
  const gone = ['remove gone', `forget gone, pulled as ${name('gone')}`];

  test.each<Row>([
    {
      name: 'goes where nothing wants it',
      world: { stored: [unwanted] },
      actions: { gone: 'remove' },
      changes: gone,
    },
    {
      name: 'stays where any deployment binds it',
      world: { stored: [{ image: 'app' }, { image: 'old' }, { image: 'next' }, unwanted] },
      actions: { app: 'bound', old: 'bound', next: 'bound', gone: 'remove' },
      changes: gone,
    },
    {
      name: 'stays where it is bound by another name than it was pulled by',
      world: { stored: [{ image: 'twice', names: [name('gone'), name('app')], pulledAs: [name('gone')] }] },
      actions: { twice: 'bound' },
      changes: [],
    },
    {
      name: 'stays where it was proved to be there for a deployment, whatever its tag means by now',
      world: {
        stored: [{ image: 'moved', names: [] }, unwanted],
        receipts: [recorded(idOf('old'), { images: [recordedImage(name('old'), 'moved')] })],
      },
      actions: { moved: 'bound', gone: 'remove' },
      changes: gone,
    },
    {
      name: 'stays where a receipt names it, and no root does',
      world: {
        stored: [{ image: 'tagged' }],
        receipts: [recorded(idOf('old'), { images: [recordedImage(name('tagged'), null)] })],
      },
      actions: { tagged: 'bound' },
      changes: [],
    },
    {
      name: 'stays where it was prefetched for an OS image',
      world: { stored: [{ image: 'soon' }, unwanted], leases: [lease('soon')] },
      actions: { soon: 'leased', gone: 'remove' },
      changes: gone,
    },
    {
      name: 'stays where something uses it',
      world: { stored: [{ ...unwanted, isUsed: true }] },
      actions: { gone: 'used' },
      changes: [],
    },
    {
      name: 'stays where another one that stays is built on it',
      world: {
        stored: [
          { image: 'base', layers: ['1'] },
          { image: 'child', layers: ['1', '2'], pulledAs: [] },
        ],
      },
      actions: { base: 'used' },
      changes: [],
    },
    {
      name: 'goes with another one that is built on it',
      world: {
        stored: [
          { image: 'base', layers: ['1'] },
          { image: 'child', layers: ['1', '2'] },
        ],
      },
      actions: { base: 'remove', child: 'remove' },
      changes: [
        'remove base',
        'remove child',
        `forget base, pulled as ${name('base')}`,
        `forget child, pulled as ${name('child')}`,
      ],
    },
    {
      name: 'stays where a list has it that stays',
      world: { stored: [unwanted, { image: 'list', layers: [], members: ['digest of gone'], pulledAs: [] }] },
      actions: { gone: 'used' },
      changes: [],
    },
    {
      name: 'stays where nobody knows what another one needs',
      world: { stored: [unwanted, { image: 'unknown', layers: null, pulledAs: [] }] },
      actions: { gone: 'used' },
      changes: [],
    },
    {
      name: 'loses only our names where somebody has named it',
      world: { stored: [{ ...unwanted, names: [name('gone'), 'localhost/kept:1'] }] },
      actions: { gone: 'untag' },
      changes: [`untag gone: ${name('gone')}`, `forget gone, pulled as ${name('gone')}`],
    },
    {
      name: 'with several names goes by its ID, after all names but one',
      world: {
        stored: [{ ...unwanted, names: [name('gone'), name('too')], pulledAs: [name('gone'), name('too')] }],
      },
      actions: { gone: 'remove' },
      changes: [
        `untag gone: ${name('too')}`,
        'remove gone',
        `forget gone, pulled as ${name('gone')} ${name('too')}`,
      ],
    },
    {
      name: 'is no other one, which nobody has pulled with it',
      world: { stored: [{ image: 'theirs', pulledAs: [] }] },
      actions: {},
      changes: [],
    },
  ])('$name', async ({ world, actions, changes }) => {
    const ran = await run(world);
    expect(ran.actions).toEqual(actions);
    expect(ran.changes).toEqual(changes);
    expect(ran.calls.at(-1)).toBe('close the store');
  });

  test('stays where podman cannot remove it, and is not forgotten; the others go', async () => {
    const ran = await run({
      stored: [
        { image: 'a' },
        { image: 'b', names: [name('b'), name('c')], pulledAs: [name('b'), name('c')] },
        unwanted,
      ],
      fails: { 'remove a': broken, [`untag b: ${name('c')}`]: broken },
    });
    expect(ran.result?.images).toMatchObject([
      { id: 'a', isDone: false, error: 'image is in use' },
      { id: 'b', isDone: false, error: 'image is in use' },
      { id: 'gone', isDone: true, error: null },
    ]);
    expect(ran.removed).toEqual(['gone']);
    expect(ran.changes.filter((change) => change.startsWith('forget'))).toEqual([
      `forget gone, pulled as ${name('gone')}`,
    ]);
  });
});

describe('nothing is removed', () => {
  const unmounted = { ...deployments.rollback, root: makeTree({}) };
  const invalid = {
    ...deployments.rollback,
    root: makeTree({ ...osRelease, 'usr/lib/bound-images.d/bad.toml': 'images = 1\n' }),
  };
  const absent = { ...deployments.rollback, root: '/nonexistent/root' };
  const store = new BoundImagesError('store', 'podman cannot tell');
  const damaged = {
    kind: 'damaged',
    damage: { file: idOf('old'), message: 'damaged', hint: 'see' },
  } as const;

  test.each<{ name: string; world: Partial<World>; input?: Partial<PruneInput>; code: string }>([
    { name: 'where a root is not mounted', world: { deployments: [...all, unmounted] }, code: 'deployment' },
    { name: 'where a root is not there', world: { deployments: [...all, absent] }, code: 'deployment' },
    {
      name: 'where the configuration of one is invalid',
      world: { deployments: [...all, invalid] },
      code: 'deployment',
    },
    {
      name: 'where it is not known what was prefetched',
      world: { leaseDamage: { file: '/x/leases.json', message: 'it is not JSON', hint: 'h' } },
      code: 'state',
    },
    { name: 'where a receipt is damaged', world: { receipts: [damaged] }, code: 'state' },
    {
      name: 'where no deployment has a directory that is named',
      world: {},
      input: { dir: [rootPath('/usr/lib/bound-image.d')] },
      code: 'usage',
    },
    {
      name: 'where the deployments are not known',
      world: { fails: { deployments: new BoundImagesError('deployment', 'ostree does not answer') } },
      code: 'deployment',
    },
    { name: 'on a host without deployments', world: { hasNoHost: true }, code: 'unsupported-host' },
    {
      name: 'while another one works on the store',
      world: { fails: { 'open the store': new BoundImagesError('busy', 'at work') } },
      code: 'busy',
    },
    { name: 'where the images are not known', world: { fails: { 'list images': store } }, code: 'store' },
    {
      name: 'where it is not known what is used',
      world: { fails: { 'list used images': store } },
      code: 'store',
    },
    {
      name: 'where it is not known what images need',
      world: { fails: { 'read what images need': store } },
      code: 'store',
    },
  ])('$name', async ({ world, input, code }) => {
    const ran = await run({ stored: [unwanted], ...world }, input);
    expect(ran.error).toMatchObject({ code });
    expect(ran.changes).toEqual([]);
    const isOpened = ran.calls.includes('open the store') && code !== 'busy';
    expect(ran.calls.includes('close the store')).toBe(isOpened);
  });

  test('by a dry run, of what was kept of layers', async () => {
    const ran = await run({ parts: [part('old', 8)] }, { dryRun: true });
    expect(ran.result?.parts).toMatchObject([{ action: 'remove', isDone: false }]);
    expect(ran.changes).toEqual([]);
  });

  test('by a dry run, which says what would be', async () => {
    const ran = await run(
      { stored: [unwanted, { image: 'app' }], receipts: [recorded('os-x.0')] },
      { dryRun: true },
    );
    expect(ran.result).toMatchObject({
      isDryRun: true,
      images: [
        { id: 'gone', action: 'remove', isDone: false },
        { id: 'app', action: 'bound', isDone: false },
      ],
    });
    expect(ran.changes).toEqual([]);
    expect(ran.receipts).toEqual(['os-x.0']);
  });

  test('where the record of what was pulled is damaged, and that is said', async () => {
    const damage = { file: '/store/pulled-images.json', message: 'it is not used', hint: 'it is kept' };
    const ran = await run({ stored: [unwanted], damage });
    expect(ran.changes).toEqual([]);
    expect(ran.events).toEqual([
      { kind: 'note', level: 'warning', text: 'warning: it is not used\nhint: it is kept' },
    ]);
  });

  test('after the run was stopped; what was removed before is forgotten', async () => {
    const ran = await run({ stored: [{ image: 'a' }, { image: 'b' }, { image: 'c' }], stopAt: 'remove b' });
    expect(ran.removed).toEqual(['a', 'b']);
    expect(ran.result?.images.map(({ isDone }) => isDone)).toEqual([true, true, false]);
    expect(ran.changes.slice(2)).toEqual([
      `forget a, pulled as ${name('a')}`,
      `forget b, pulled as ${name('b')}`,
    ]);
  });

  test('by a podman that was stopped, and that is no failure', async () => {
    const ran = await run({ stored: [{ image: 'a' }], stopAt: 'remove a', fails: { 'remove a': broken } });
    expect(ran.result?.images).toMatchObject([{ isDone: false, error: null }]);
  });
});

test('what deployments bind is asked after the store is opened: no run brings an image in between', async () => {
  const { calls } = await run({ stored: [unwanted] });
  expect(calls.slice(0, 5)).toEqual([
    'open the store',
    'deployments',
    'list images',
    'list used images',
    'read what images need',
  ]);
});

test('a directory that is named is read beside the vendor’s, where a deployment has it', async () => {
  const root = makeTree({
    ...osRelease,
    'usr/lib/bound-images.d/apps.toml': `images = ["${name('app')}"]\n`,
    'usr/lib/own.d/own.toml': `images = ["${name('own')}"]\n`,
  });
  const booted = { ...deployments.booted, root };
  const ran = await run(
    {
      deployments: [booted, deployments.rollback],
      stored: [{ image: 'own' }, { image: 'app' }, { image: 'old' }],
    },
    { dir: [rootPath('/usr/lib/own.d')] },
  );
  expect(ran.actions).toEqual({ own: 'bound', app: 'bound', old: 'bound' });
});

describe('receipts', () => {
  test('are forgotten of deployments that are gone, and of no other', async () => {
    const mounted = makeTree({ x: '' });
    const damage = { file: '/state/damaged.json', message: 'damaged', hint: 'see' };
    const ran = await run({
      receipts: [
        recorded(idOf('old')),
        recorded('os-gone.0'),
        recorded(mounted, { root: mounted }),
        recorded('/nonexistent/root', { root: '/nonexistent/root' }),
        { kind: 'damaged', damage },
      ],
    });
    expect(ran.receipts).toEqual([idOf('old'), mounted, '/state/damaged.json']);
  });

  test('that cannot be forgotten are told beside what was removed', async () => {
    const fails = { 'forget the receipt of os-gone.0': new BoundImagesError('state', 'the disk is full') };
    const ran = await run({ stored: [unwanted], receipts: [recorded('os-gone.0')], fails });
    expect(ran.result).toMatchObject({
      images: [{ id: 'gone', isDone: true }],
      unforgotten: { code: 'state', message: 'the disk is full' },
    });
  });
});

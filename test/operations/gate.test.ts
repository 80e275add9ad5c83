import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/diagnostic/diagnose.js';
import { nowhere } from '../../src/diagnostic/place.js';
import type { Deployment, Holder } from '../../src/model/deployment.js';
import { BoundImagesError } from '../../src/model/error.js';
import type { OperationEvent } from '../../src/model/events.js';
import type { HoldOutcome } from '../../src/model/ports.js';
import type { ImageProof } from '../../src/model/store.js';
import { type GateInput, type GatePorts, gate } from '../../src/operations/gate.js';
import type { ReadReceipt } from '../../src/state/receipts.js';
import { resolvedImage } from '../support/planned-image.js';
import { soundImage } from '../support/sound-image.js';
import { bootedDeployment, otherDeployment, stagedDeployment } from './deployments.js';
import { receiptOf } from './stage-world.js';

const digest = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;
const references = ['quay.io/x/app:1', 'quay.io/x/db:1'];

/** A host with a staged deployment `a`, whose two images are there, unless something else is said. */
interface World {
  readonly staged: readonly (Deployment | undefined)[];
  readonly binds: readonly string[];
  readonly stored: readonly string[];
  readonly receipt: ReadReceipt;
  readonly isInvalid: boolean;
  readonly hasNoHost: boolean;
  readonly proof: Partial<ImageProof>;
  /** Called when the store is asked. */
  readonly onLook: () => void;
  readonly hold: () => HoldOutcome;
  /** Whether it was prepared for a soft reboot. */
  readonly clear: () => boolean;
}

async function run(world: Partial<World>, input: Partial<GateInput> = {}) {
  const staged = [...(world.staged ?? [stagedDeployment('a')])];
  const calls: string[] = [];
  const events: OperationEvent[] = [];
  const host = {
    kind: 'ostree' as const,
    deployments: async () => {
      const now = staged.length > 1 ? staged.shift() : staged[0];
      return [...(now === undefined ? [] : [now]), bootedDeployment];
    },
    hold: async ({ id }: Pick<Deployment, 'id'>) => {
      calls.push(`hold ${id}`);
      return world.hold?.() ?? 'ours';
    },
    release: async ({ id }: Pick<Deployment, 'id'>) => {
      calls.push(`release ${id}`);
      return 'released' as const;
    },
    clearSoftReboot: async ({ id }: Pick<Deployment, 'id'>) => {
      calls.push(`clear ${id}`);
      return world.clear?.() ?? false;
    },
    watch: () => () => undefined,
  };
  const ports: GatePorts = {
    findHost: async () => (world.hasNoHost ? undefined : host),
    receipts: { read: () => world.receipt ?? { kind: 'none' } },
    payloads: { look: async () => [] },
    read: () => ({
      images: (world.binds ?? references).map((text) => resolvedImage(text)),
      diagnostics: world.isInvalid ? [diagnose('root-without-os', nowhere, { root: '/x' })] : [],
    }),
    content: async (_bound, _ids, signal) => {
      calls.push('look');
      world.onLook?.();
      signal.throwIfAborted();
      const images = (world.stored ?? references).map((text) => {
        const repoDigests = [`${text.slice(0, text.lastIndexOf(':'))}@${digest}`];
        return { id: text, names: [text], repoDigests, size: 1 };
      });
      return { images, proofOf: () => ({ ...soundImage(), ...world.proof }), artifacts: new Map() };
    },
    observe: (event) => events.push(event),
  };
  const { signal } = new AbortController();
  const ended = await gate({ hold: true, signal, ...input }, ports).then(
    (result) => ({ result, error: undefined }),
    (error: unknown) => ({ result: undefined, error }),
  );
  const notes = events.flatMap((event) => (event.kind === 'note' ? event.text : []));
  const findings = events.flatMap((event) =>
    event.kind === 'findings' ? [event.diagnostics.map(({ rule }) => rule)] : [],
  );
  return { ...ended, calls, notes, findings };
}

const held = (heldBy: Holder) => [stagedDeployment('a', heldBy)];
const one = { stored: references.slice(0, 1) };
const recorded = (of: string): ReadReceipt => {
  const value = receiptOf({ binds: { a: ['app', 'db'] } }, 'a', { state: 'staged' });
  return {
    kind: 'read',
    value: { ...value, images: value.images.map((image) => ({ ...image, digest: of })) },
  };
};
const damage = { file: '/state/a.json', message: 'damaged', hint: 'see' };

describe('what is staged', () => {
  test('may be nothing', async () => {
    expect(await run({ staged: [undefined] })).toMatchObject({
      result: { kind: 'nothing-staged' },
      calls: [],
    });
  });

  interface Row {
    readonly name: string;
    readonly world: Partial<World>;
    readonly hold: boolean;
    readonly verdict: string;
    readonly heldBy: Holder | null;
    readonly calls: readonly string[];
  }
  const look = ['look'];
  const lookAndHold = ['look', 'clear os-a.0', 'hold os-a.0'];

  test.each<Row>([
    { name: 'all is there', world: {}, hold: true, verdict: 'complete', heldBy: null, calls: look },
    {
      name: 'all is there, and somebody else holds it',
      world: { staged: held('theirs') },
      hold: true,
      verdict: 'complete',
      heldBy: 'theirs',
      calls: look,
    },
    {
      name: 'all is there as recorded',
      world: { receipt: recorded(digest) },
      hold: true,
      verdict: 'complete',
      heldBy: null,
      calls: look,
    },
    {
      name: 'an image is missing',
      world: one,
      hold: true,
      verdict: 'incomplete',
      heldBy: 'ours',
      calls: lookAndHold,
    },
    {
      name: 'an image is missing, and it is not to be held',
      world: one,
      hold: false,
      verdict: 'incomplete',
      heldBy: null,
      calls: look,
    },
    {
      name: 'an image is missing, and somebody else holds it',
      world: { ...one, hold: () => 'theirs' },
      hold: true,
      verdict: 'incomplete',
      heldBy: 'theirs',
      calls: lookAndHold,
    },
    {
      name: 'a tag means another image by now',
      world: { receipt: recorded(other) },
      hold: true,
      verdict: 'incomplete',
      heldBy: 'ours',
      calls: lookAndHold,
    },
    {
      name: 'an image is damaged',
      world: { proof: { damage: { problem: 'a layer is gone', layers: [] } } },
      hold: true,
      verdict: 'incomplete',
      heldBy: 'ours',
      calls: lookAndHold,
    },
    {
      name: 'its configuration is invalid',
      world: { isInvalid: true },
      hold: true,
      verdict: 'invalid',
      heldBy: 'ours',
      calls: lookAndHold,
    },
    {
      name: 'it binds nothing',
      world: { binds: [] },
      hold: true,
      verdict: 'complete',
      heldBy: null,
      calls: [],
    },
  ])('where $name', async ({ world, hold, verdict, heldBy, calls }) => {
    const ran = await run(world, { hold });
    const target = { id: 'os-a.0', root: stagedDeployment('a').root };
    expect(ran.result).toMatchObject({ kind: 'examined', target, verdict, heldBy });
    expect(ran.calls).toEqual(calls);
    expect(ran.notes).toEqual([]);
    expect(ran.findings).toEqual([world.isInvalid ? ['root-without-os'] : []]);
  });

  describe('lacks an image that was accepted to be missing', () => {
    const missing = references.slice(1);
    const accepting = (accepted: readonly string[]): Partial<World> => {
      const value = receiptOf({ binds: { a: ['app', 'db'] } }, 'a', { state: 'staged' });
      const acceptance = { references: accepted, reason: 'the registry is gone', at: value.updatedAt };
      return { ...one, receipt: { kind: 'read', value: { ...value, images: [], accepted: acceptance } } };
    };

    test('is not held, and that is said', async () => {
      const ran = await run(accepting(missing));
      const accepted = { references: missing, reason: 'the registry is gone' };
      expect(ran.result).toMatchObject({ verdict: 'complete', heldBy: null, accepted });
      expect(ran.calls).toEqual(look);
      expect(ran.notes).toEqual([
        'quay.io/x/db:1 is missing, which was accepted at 2026-03-01T10:00:00.000Z: the registry is gone',
      ]);
    });

    test('is held where another one is missing', async () => {
      const ran = await run({ ...accepting(missing), stored: [] });
      expect(ran.result).toMatchObject({ verdict: 'incomplete', heldBy: 'ours' });
    });

    test('and is a root that is no deployment: another may be there by now', async () => {
      const ran = await run(accepting(missing), { root: '/elsewhere', hold: false });
      expect(ran.result).toMatchObject({ verdict: 'incomplete', accepted: null });
    });

    test('is held where its configuration is invalid', async () => {
      const ran = await run({ ...accepting(missing), isInvalid: true });
      expect(ran.result).toMatchObject({ verdict: 'invalid', heldBy: 'ours' });
    });

    test('is said to have everything once it is there', async () => {
      const ran = await run({ ...accepting(missing), stored: references });
      expect(ran.result).toMatchObject({ verdict: 'complete', accepted: null });
      expect(ran.notes).toEqual([]);
    });
  });

  describe('is prepared for a soft reboot', () => {
    const prepared: Partial<World> = {
      staged: [{ ...stagedDeployment('a'), softReboot: true }],
      clear: () => true,
    };
    const notStaged: Partial<World> = {
      ...prepared,
      staged: [otherDeployment('a', { softReboot: true })],
    };

    test.each([
      { name: 'and complete', world: prepared, heldBy: null, softReboot: 'prepared', calls: look },
      {
        name: 'and lacks one',
        world: { ...prepared, ...one },
        heldBy: 'ours',
        softReboot: 'cleared',
        calls: lookAndHold,
      },
      { name: 'without being staged', world: notStaged, heldBy: null, softReboot: 'prepared', calls: look },
      {
        name: 'without being staged, and lacks one',
        world: { ...notStaged, ...one },
        heldBy: null,
        softReboot: 'cleared',
        calls: ['look', 'clear os-a.0'],
      },
    ])('$name', async ({ world, heldBy, softReboot, calls }) => {
      const ran = await run(world);
      expect(ran.result).toMatchObject({ target: { id: 'os-a.0' }, heldBy, softReboot });
      expect(ran.calls).toEqual(calls);
      expect(ran.notes).toEqual(
        softReboot === 'prepared'
          ? []
          : [
              'os-a.0 was prepared for a soft reboot, and is no longer: not all of its images are known to be there. Prepare it again once they are',
            ],
      );
    });

    test('and lacks one: it is held also where the other is not possible', async () => {
      const ran = await run({
        ...prepared,
        ...one,
        clear: () => {
          throw new BoundImagesError('deployment', 'it cannot be kept from the next soft reboot');
        },
      });
      expect(ran.error).toMatchObject({ code: 'deployment' });
      expect(ran.calls).toEqual(lookAndHold);
    });

    test('by which the running system was booted already: nothing is', async () => {
      const ran = await run({ staged: [{ ...bootedDeployment, softReboot: true }] });
      expect(ran.result).toEqual({ kind: 'nothing-staged' });
    });
  });

  test('is held before it is said that it cannot be examined', async () => {
    const fails = () => {
      throw new BoundImagesError('store', 'podman cannot list its images');
    };
    const ran = await run({ onLook: fails });
    expect(ran).toMatchObject({
      error: { code: 'store' },
      calls: lookAndHold,
      notes: ['os-a.0 is held'],
    });
    expect(await run({ onLook: fails }, { hold: false })).toMatchObject({
      error: { code: 'store' },
      calls: ['look'],
      notes: [],
    });
  });

  test('is held where its receipt is damaged, so that its tags may have moved', async () => {
    expect(await run({ receipt: { kind: 'damaged', damage } })).toMatchObject({
      error: { code: 'state', message: 'damaged' },
      calls: lookAndHold.slice(1),
      notes: ['os-a.0 is held'],
    });
  });

  test('is held though the run is stopped', async () => {
    const stop = new AbortController();
    const ran = await run({ onLook: () => stop.abort() }, { signal: stop.signal });
    expect(ran).toMatchObject({ error: { name: 'AbortError' }, calls: lookAndHold });
  });

  test('that cannot be held is what is said', async () => {
    const fails = () => {
      throw new BoundImagesError('deployment', 'ostree cannot lock the staged deployment');
    };
    expect(await run({ ...one, hold: fails })).toMatchObject({ error: { code: 'deployment' } });
  });

  test('in place of the one that was examined is examined instead', async () => {
    const outcomes: HoldOutcome[] = ['not-staged', 'ours'];
    const staged = [stagedDeployment('a'), stagedDeployment('b')];
    const ran = await run({ ...one, staged, hold: () => outcomes.shift() ?? 'ours' });
    expect(ran.result).toMatchObject({ kind: 'examined', target: { id: 'os-b.0' }, heldBy: 'ours' });
    expect(ran.calls).toEqual([...lookAndHold, 'look', 'clear os-b.0', 'hold os-b.0']);
    expect(ran.notes).toEqual(['another deployment was staged meanwhile: starting over with that one']);
  });

  test('is complete where all is there, though not all of that is proved', async () => {
    const { result, findings } = await run({ proof: { unproved: 'its driver is not known' } });
    expect(result).toMatchObject({ verdict: 'complete', diagnostics: [{ rule: 'not-proved' }] });
    expect(findings).toEqual([['not-proved']]);
  });
});

describe('a root that is named', () => {
  test('is examined on a host without deployments, and not held', async () => {
    const ran = await run({ ...one, hasNoHost: true }, { root: '/mnt/root' });
    expect(ran.result).toMatchObject({ target: { id: '/mnt/root' }, verdict: 'incomplete', heldBy: null });
    expect(ran.calls).toEqual(['look']);
  });

  test('is held where it is the staged one', async () => {
    const ran = await run(one, { root: stagedDeployment('a').root });
    expect(ran.result).toMatchObject({ target: { id: 'os-a.0' }, heldBy: 'ours' });
  });

  test('is needed on a host without deployments', async () => {
    expect(await run({ hasNoHost: true })).toMatchObject({
      error: { code: 'unsupported-host', reason: { kind: 'no-deployments' } },
    });
  });
});

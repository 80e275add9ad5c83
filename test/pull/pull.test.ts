import { describe, expect, test } from 'vitest';
import { BoundImagesError } from '../../src/model/error.js';
import type { PlannedImage } from '../../src/model/plan.js';
import type { StoreContent, StoreImage } from '../../src/model/store.js';
import { type PullProof, pull } from '../../src/pull/pull.js';
import type { RunnerSettings } from '../../src/pull/runner.js';
import type { Look } from '../../src/tools/podman/store-content.js';
import { plannedImage } from '../support/planned-image.js';
import { soundImage } from '../support/sound-image.js';
import { failure, missingImage, type Script, scriptedWorld, usualSettings } from './scripted-pulls.js';

const [one, two] = ['r.io/one:1', 'r.io/two:1'] as const;
const digest = `sha256:${'a'.repeat(64)}`;

function stored(reference: string): StoreImage {
  const [repository = ''] = reference.split(':');
  return {
    id: `id of ${reference}`,
    names: [reference],
    repoDigests: [`${repository}@${digest}`],
    size: null,
  };
}

function present(reference: string): PlannedImage {
  return plannedImage(reference, { state: 'present', digest, id: `id of ${reference}`, layers: [] });
}

interface World {
  readonly script?: Script;
  /** What the store has in the end; an error where it cannot be asked. */
  readonly store?: readonly string[] | Error;
  readonly settings?: Partial<RunnerSettings & PullProof>;
}

async function run(images: readonly PlannedImage[], { script = {}, store = [], settings = {} }: World = {}) {
  const world = scriptedWorld(script);
  const looks: { atMs: number; look: Look }[] = [];
  const readStore = async (_: unknown, look: Look): Promise<StoreContent> => {
    looks.push({ atMs: world.time.timer.monotonicMs(), look });
    if (store instanceof Error) throw store;
    return { images: store.map(stored), artifacts: new Map(), proofOf: soundImage };
  };
  const pulling = pull(
    { images, diagnostics: [] },
    { ...world.ports, readStore, flush: async () => undefined },
    { ...usualSettings, ...settings },
    (event) => world.events.push(event),
  );
  return { outcomes: await world.time.run(pulling), looks, started: world.started };
}

test('with nothing to pull, nobody is asked', async () => {
  const { outcomes, looks, started } = await run([present(one)]);
  expect(outcomes).toMatchObject([{ state: 'present', digest, id: `id of ${one}`, error: null }]);
  expect([looks, started]).toEqual([[], []]);
});

test('the store is asked once, when all pulls have ended, for what they have brought', async () => {
  const script = { [one]: [{ ms: 500 }], [two]: [{ ms: 100 }] };
  const { outcomes, looks } = await run([missingImage(one), missingImage(two)], {
    script,
    store: [one, two],
  });
  expect(outcomes).toMatchObject([
    { state: 'pulled', digest, id: `id of ${one}`, attempts: 1, error: null },
    { state: 'pulled', id: `id of ${two}`, error: null },
  ]);
  expect(looks).toMatchObject([{ atMs: 500, look: { ids: [`id of ${two}`, `id of ${one}`] } }]);
});

describe('an image fails', () => {
  test('that podman says to have pulled, and the store does not have', async () => {
    const { outcomes } = await run([missingImage(one)], { store: [two] });
    expect(outcomes).toMatchObject([
      { state: 'failed', attempts: 1, error: { code: 'not-in-store', kind: 'transient' } },
    ]);
  });

  test('that was there before the others came, and is not any more', async () => {
    const { outcomes } = await run([present(one), missingImage(two)], { store: [two] });
    expect(outcomes).toMatchObject([
      { state: 'failed', attempts: 0, error: { code: 'not-in-store' } },
      { state: 'pulled' },
    ]);
  });

  test('while the store cannot be asked, for nothing is proved', async () => {
    const store = new BoundImagesError('store', 'database is locked');
    const { outcomes } = await run([missingImage(one)], { store });
    const message = 'whether it is in the store could not be found out: database is locked';
    expect(outcomes).toMatchObject([{ state: 'failed', error: { code: 'not-in-store', message } }]);
  });

  test('by its own error, whatever else the store has', async () => {
    const script = { [one]: [{ failure: failure('denied', 'permanent') }] };
    const { outcomes } = await run([missingImage(one), missingImage(two)], { script, store: [two] });
    expect(outcomes).toMatchObject([{ state: 'failed', error: { code: 'denied' } }, { state: 'pulled' }]);
  });

  test('without an attempt where the plan knows that it has no chance', async () => {
    const error = failure('manifest-unknown', 'permanent');
    const { outcomes, started } = await run([plannedImage(one, { error })]);
    expect(outcomes).toMatchObject([{ state: 'failed', error }]);
    expect(started).toEqual([]);
  });
});

test('an image that came although podman failed is there', async () => {
  const script = { [one]: [{ failure: failure('stopped-early', 'permanent') }] };
  const { outcomes } = await run([missingImage(one)], { script, store: [one] });
  expect(outcomes).toMatchObject([{ state: 'pulled', id: `id of ${one}`, error: null }]);
});

test('a run that is stopped still asks the store, which goes by what is there', async () => {
  const signal = AbortSignal.abort();
  const { outcomes, looks } = await run([missingImage(one)], { store: [one], settings: { signal } });
  expect(outcomes).toMatchObject([{ state: 'present', attempts: 0, error: null }]);
  expect(looks.map(({ look }) => look.signal.aborted)).toEqual([false]);
});

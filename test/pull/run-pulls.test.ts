import { describe, expect, test } from 'vitest';
import { BoundImagesError } from '../../src/model/error.js';
import { type PullSettings, runPulls } from '../../src/pull/run-pulls.js';
import { failure, missingImage, type Script, scriptedWorld, usualSettings } from './scripted-pulls.js';

const [one, two, three] = ['r.io/one:1', 'r.io/two:1', 'r.io/three:1'] as const;
const refused = failure('connection', 'transient');
const late = failure('timeout', 'transient');

/** Pulls images in the order of their names here, and says how it went with each. */
async function run(
  references: readonly string[],
  script: Script,
  settings: Partial<PullSettings> = {},
  world = scriptedWorld(script),
) {
  const { time, ports, events, started } = world;
  const planned = references.map((reference) => missingImage(reference));
  const running = runPulls(planned, ports, { ...usualSettings, ...settings }, (event) => events.push(event));
  const done = await time.run(running);
  const outcomes = Object.fromEntries(
    done.map(({ planned: { resolved }, attempts, error }) => [
      resolved.image.reference.text,
      { attempts, error: error?.code ?? null },
    ]),
  );
  const starts = (reference: string) =>
    started.filter((each) => each.reference === reference).map(({ atMs }) => atMs);
  return { done, outcomes, starts, events, endMs: time.timer.monotonicMs() };
}

test('pulls each image once, and tells of each', async () => {
  const { done, events } = await run([one, two], {});
  expect(done).toMatchObject([
    { ids: [`id of ${one}`], attempts: 1, error: null },
    { ids: [`id of ${two}`], attempts: 1, error: null },
  ]);
  const told = (kind: string) => events.filter((event) => event.kind === kind);
  expect(told('start')).toMatchObject([{ reference: one, attempt: 1, bytes: 1000 }, { reference: two }]);
  expect(told('end')).toMatchObject([{ reference: one, state: 'pulled', seconds: 0.01 }, { reference: two }]);
});

test('pulls no more images at the same time than was asked for', async () => {
  const script = { [one]: [{ ms: 100 }], [two]: [{ ms: 50 }], [three]: [{ ms: 50 }] };
  const { starts } = await run([one, two, three], script, { concurrency: 2 });
  expect([one, two, three].map(starts)).toEqual([[0], [0], [50]]);
});

describe('a failure', () => {
  test.each([
    { name: 'may pass: after it as many attempts as asked for', given: refused, retries: 2, attempts: 3 },
    { name: 'may pass: none where none was asked for', given: refused, retries: 0, attempts: 1 },
    {
      name: 'is of a registry that answers: five times as many',
      given: failure('server-error', 'transient'),
      retries: 2,
      attempts: 11,
    },
    { name: 'stays: none', given: failure('manifest-unknown', 'permanent'), retries: 2, attempts: 1 },
    {
      name: 'is wrong content a second time: it stays',
      given: failure('corrupt', 'transient'),
      retries: 4,
      attempts: 2,
    },
  ])('that $name', async ({ given, retries, attempts }) => {
    const { outcomes, starts, events } = await run([one], { [one]: [{ failure: given }] }, { retries });
    expect(outcomes).toEqual({ [one]: { attempts, error: given.code } });
    expect(starts(one)).toHaveLength(attempts);
    expect(events.filter(({ kind }) => kind === 'retry')).toHaveLength(attempts - 1);
  });

  test('is forgotten once an attempt brings the image', async () => {
    const { outcomes } = await run([one], { [one]: [{ failure: refused }, { failure: refused }, {}] });
    expect(outcomes).toEqual({ [one]: { attempts: 3, error: null } });
  });

  test('is followed by waits that grow', async () => {
    const { starts, events } = await run([one], { [one]: [{ failure: refused }] });
    // Half of 1 s and of 2 s, and 10 ms for each attempt.
    expect(starts(one)).toEqual([0, 510, 1520]);
    expect(events.filter(({ kind }) => kind === 'retry')).toMatchObject([
      { attempt: 1, waitSeconds: 0.5, error: { code: 'connection' } },
      { attempt: 2, waitSeconds: 1 },
    ]);
  });

  test('leaves its slot to others while it waits', async () => {
    const script = { [one]: [{ failure: refused }, {}], [two]: [{ ms: 20 }] };
    const { starts, outcomes } = await run([one, two], script, { concurrency: 1 });
    expect([one, two].map(starts)).toEqual([[0, 510], [10]]);
    expect(outcomes).toEqual({ [one]: { attempts: 2, error: null }, [two]: { attempts: 1, error: null } });
  });

  test('of one image leaves the others alone', async () => {
    const script = { [one]: [{ failure: failure('denied', 'permanent') }], [two]: [{ ms: 5000 }] };
    const { outcomes } = await run([one, two, three], script);
    expect(outcomes).toMatchObject({
      [one]: { error: 'denied' },
      [two]: { error: null },
      [three]: { error: null },
    });
  });
});

describe('a fault of this machine', () => {
  const script = { [one]: [{ failure: failure('no-space', 'local') }], [two]: [{ ms: 5000 }] };

  test('stops those that run and those that wait, which say why', async () => {
    const { done, outcomes, endMs } = await run([one, two, three], script);
    expect(outcomes).toEqual({
      [one]: { attempts: 1, error: 'no-space' },
      [two]: { attempts: 1, error: 'no-space' },
      [three]: { attempts: 0, error: 'no-space' },
    });
    expect(done.map(({ error }) => error?.message)).toEqual([
      'no-space!',
      'stopped, because another pull failed: no-space!',
      'stopped, because another pull failed: no-space!',
    ]);
    expect(endMs).toBe(10);
  });

  test('ends the wait of those that were to be tried again', async () => {
    const { outcomes, starts } = await run([one, two], {
      [one]: [{ ms: 100, failure: failure('read-only', 'local') }],
      [two]: [{ failure: refused }],
    });
    expect(outcomes).toMatchObject({ [two]: { attempts: 1, error: 'read-only' } });
    expect(starts(two)).toEqual([0]);
  });

  test('that ends the run is thrown when the others have ended', async () => {
    const broken = new BoundImagesError('temporary-files', 'no directory');
    const world = scriptedWorld({ [one]: [{ failure: broken }], [two]: [{ ms: 5000 }] });
    await expect(run([one, two, three], {}, {}, world)).rejects.toBe(broken);
    const ended = world.events.flatMap((event) => (event.kind === 'end' ? [event.reference] : []));
    expect(new Set(ended)).toEqual(new Set([one, two, three]));
    expect(world.started).toHaveLength(2);
  });

  test('is also that the disk is about to be full', async () => {
    const shortage = failure('no-space', 'local');
    const world = scriptedWorld({ [one]: [{ ms: 5000 }] });
    const isFull = () => world.time.timer.monotonicMs() >= 1000;
    const { outcomes, endMs } = await run(
      [one],
      {},
      { findShortage: () => (isFull() ? shortage : undefined) },
      world,
    );
    expect([outcomes, endMs]).toEqual([{ [one]: { attempts: 1, error: 'no-space' } }, 1000]);
  });
});

describe('a registry that does not answer', () => {
  const retries = 1;
  const other = 'other.io/x:1';

  test('is not waited for once more by its other images', async () => {
    // The second comes back after the first was given up.
    const script = { [one]: [{ failure: late }], [two]: [{ ms: 100_000, failure: late }] };
    const { outcomes } = await run([one, two], script, { retries });
    expect(outcomes).toEqual({
      [one]: { attempts: 2, error: 'timeout' },
      [two]: { attempts: 1, error: 'timeout' },
    });
  });

  test('does not keep those of others from being tried again', async () => {
    const script = { [one]: [{ failure: late }], [other]: [{ ms: 100_000, failure: late }] };
    const { outcomes } = await run([one, other], script, { retries });
    expect(outcomes).toMatchObject({ [other]: { attempts: 2 } });
  });

  test('is trusted again once it has answered', async () => {
    const script = {
      [one]: [{ failure: late }],
      [two]: [{ ms: 100_000 }],
      [three]: [{ ms: 200_000, failure: late }],
    };
    const { outcomes } = await run([one, two, three], script, { retries, concurrency: 3 });
    expect(outcomes).toEqual({
      [one]: { attempts: 2, error: 'timeout' },
      [two]: { attempts: 1, error: null },
      [three]: { attempts: 2, error: 'timeout' },
    });
  });

  test('is another than one that answers with an error', async () => {
    const busy = failure('too-many-requests', 'transient');
    const script = { [one]: [{ failure: late }], [two]: [{ ms: 100_000, failure: busy }] };
    const { outcomes } = await run([one, two], script, { retries });
    expect(outcomes).toMatchObject({ [two]: { attempts: 2, error: 'too-many-requests' } });
  });
});

describe('a pull', () => {
  test('that stands still is stopped and tried again', async () => {
    const script = { [one]: [{ ms: Infinity }, {}] };
    const { outcomes, events } = await run([one], script, { stallTimeoutMs: 5000 });
    expect(outcomes).toEqual({ [one]: { attempts: 2, error: null } });
    expect(events.filter(({ kind }) => kind === 'retry')).toMatchObject([
      { error: { code: 'stalled', message: 'nothing came for 5 s' } },
    ]);
  });

  test('that brings far more than was announced is stopped for good', async () => {
    const received = { bytes: 1e9, largestBlob: 1e9 };
    const { outcomes } = await run([one], { [one]: [{ ms: Infinity, received }] });
    expect(outcomes).toEqual({ [one]: { attempts: 1, error: 'oversized' } });
  });

  test('waits for another that fetches what they share', async () => {
    const world = scriptedWorld({ [one]: [{ ms: 1000 }] });
    const shared = { digest: 'base', size: 10_000_000, present: false };
    const planned = [missingImage(one, 2000), missingImage(two)].map((image) => ({
      ...image,
      layers: [shared, ...(image.layers ?? [])],
    }));
    const running = runPulls(planned, world.ports, usualSettings, (event) => world.events.push(event));
    await world.time.run(running);
    expect(world.started).toEqual([
      { reference: one, atMs: 0 },
      { reference: two, atMs: 1000 },
    ]);
    expect(world.events).toContainEqual({ kind: 'waiting', reference: two, for: one });
  });
});

test('a stop forgets nobody: not who runs, who waits for a slot, or for the next attempt', async () => {
  const stop = new AbortController();
  const world = scriptedWorld({ [one]: [{ failure: refused }], [two]: [{ ms: 5000 }] });
  world.time.at(100, () => stop.abort());
  const settings = { concurrency: 1, signal: stop.signal };
  const { outcomes, endMs } = await run([one, two, three], {}, settings, world);
  expect(outcomes).toEqual({
    [one]: { attempts: 1, error: 'interrupted' },
    [two]: { attempts: 1, error: 'interrupted' },
    [three]: { attempts: 0, error: 'interrupted' },
  });
  expect(endMs).toBe(100);
  expect(world.started).toHaveLength(2);
  expect(world.events.filter(({ kind }) => kind === 'end')).toHaveLength(3);
});

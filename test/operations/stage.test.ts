import { describe, expect, test } from 'vitest';
import type { Holder } from '../../src/model/deployment.js';
import { idOf, rootOf } from './deployments.js';
import {
  type Happening,
  planFinding,
  type Ran,
  rootError,
  rootFinding,
  runIn,
  type Scenario,
} from './stage-world.js';

const binds = { a: ['app', 'db'], b: ['app', 'tool'], c: ['app'], k: ['app', 'kit'], empty: [] };
const fresh: Scenario = { binds, staged: { name: 'a' } };
const carrying: Scenario = { binds, staged: { name: 'k' }, carries: { kit: ['kernel', 'ext'] } };
const complete = ['app', 'db'];
const done = { a: { state: 'staged', finalizationLock: null } } as const;

/** Ways in which a run begins. */
const scenarios = {
  'what is staged lacks its images': fresh,
  'a command is to make it bootable': { ...fresh, isForCommand: true },
  'there is no such command': { ...fresh, commandIsAbsent: true },
  'somebody else holds it': { ...fresh, staged: { name: 'a', heldBy: 'theirs' } },
  'an earlier run has failed': {
    ...fresh,
    staged: { name: 'a', heldBy: 'ours' },
    receipts: { a: { state: 'failed', finalizationLock: 'ours' } },
  },
  'an earlier run has completed and released it': { ...fresh, stored: complete, receipts: done },
  'an earlier run was killed before it released it': {
    ...fresh,
    staged: { name: 'a', heldBy: 'ours' },
    stored: complete,
    receipts: { a: { state: 'staged', finalizationLock: 'ours' } },
  },
  'an image is gone since it was completed': { ...fresh, stored: ['app'], receipts: done },
  'it was completed in another boot': {
    ...fresh,
    stored: complete,
    receipts: { a: { ...done.a, bootId: 'another' } },
  },
  'it is prepared for a soft reboot': { ...fresh, isPrepared: true },
  'it is prepared for a soft reboot, and an image does not exist': {
    ...fresh,
    isPrepared: true,
    absent: ['db'],
  },
  'it is prepared for a soft reboot, and there is no such command': {
    ...fresh,
    isPrepared: true,
    commandIsAbsent: true,
  },
  'every image is there': { ...fresh, stored: complete },
  'an image does not exist': { ...fresh, absent: ['db'] },
  'an image may be missing': { ...fresh, absent: ['db'], accept: { of: 'a', names: ['db'] } },
  'another image may be missing': { ...fresh, absent: ['db'], accept: { of: 'a', names: ['app'] } },
  'what may be missing is not bound': { ...fresh, accept: { of: 'a', names: ['tool'] } },
  'its configuration is invalid': { ...fresh, invalid: ['a'] },
  'it binds nothing': { binds, staged: { name: 'empty' } },
  'its receipt is damaged': { ...fresh, receipts: { a: 'damaged' } },
  'another run is at work and ends': { ...fresh, other: 'ends' },
  'another run is at work and stays': { ...fresh, other: 'stays' },
  'a command waits for another run': { ...fresh, other: 'ends', isForCommand: true },
  'an image carries payloads': carrying,
  'a payload cannot be taken': { ...carrying, untakable: ['ext'] },
  'a payload cannot be taken, and its image may be missing': {
    ...carrying,
    untakable: ['ext'],
    accept: { of: 'k', names: ['kit'] },
  },
  'an image with payloads does not exist': { ...carrying, absent: ['kit'] },
  'a payload is gone since it was completed': {
    ...carrying,
    stored: ['app', 'kit'],
    placed: ['kernel'],
    receipts: { k: done.a },
  },
  'it was completed with its payloads': {
    ...carrying,
    stored: ['app', 'kit'],
    placed: ['kernel', 'ext'],
    receipts: { k: done.a },
  },
  'its root is named': { ...fresh, root: rootOf('a') },
  'another root is named': { ...fresh, root: rootOf('c') },
  'nothing is staged': { binds },
  'a root is named on a host without deployments': { binds, root: rootOf('c'), hasNoHost: true },
} satisfies Readonly<Record<string, Scenario>>;

const replacements: readonly Happening[] = [
  { kind: 'staged', name: 'b' },
  { kind: 'staged', name: 'b', heldBy: 'theirs' },
  { kind: 'staged', name: 'a' },
  { kind: 'dropped' },
];
const others: readonly Happening[] = [
  { kind: 'locked' },
  { kind: 'unlocked' },
  { kind: 'prepared' },
  { kind: 'stopped' },
  { kind: 'killed' },
  { kind: 'receipts fail' },
  { kind: 'pulls fail' },
  { kind: 'payloads fail' },
  { kind: 'store breaks' },
  { kind: 'host fails' },
  { kind: 'other completes' },
];
/** Of two things that happen one after the other. */
const pairs = replacements.flatMap((first) =>
  [...replacements, ...others].map((second) => ({
    name: `where ${inWords(first)}, and then ${inWords(second)}`,
    first,
    second,
  })),
);

function inWords(happening: Happening): string {
  if (happening.kind !== 'staged') return happening.kind;
  return `${happening.name} is staged${happening.heldBy === undefined ? '' : ', and held'}`;
}

/** Runs it with each list of things that happen, and says for which a promise was broken. */
async function brokenIn(
  scenario: Scenario,
  lists: readonly (readonly (readonly [number, Happening])[])[],
): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const list of lists) {
    const ran = await runIn(scenario, list);
    const what = list.map(([at, happening]) => `${at}: ${inWords(happening)}`).join(', ');
    broken.push(...ran.broken.map((problem) => `${problem} (${what})`));
  }
  return broken.slice(0, 10);
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('what is prepared for a soft reboot', () => {
  const prepared = { ...fresh, isPrepared: true };
  const said = /^os-a\.0 was prepared for a soft reboot, and is no longer/;
  const saidIn = ({ events }: Ran) =>
    events.filter((event) => event.kind === 'note' && said.test(event.text)).length;

  test('stays so where every image is there', async () => {
    const ran = await runIn({ ...prepared, stored: complete });
    expect(ran.staged).toMatchObject({ isPrepared: true, heldBy: null });
    expect(saidIn(ran)).toBe(0);
  });

  test('is not so before an image is pulled, and that is said', async () => {
    const ran = await runIn(prepared);
    expect(ran.calls.indexOf('clear a')).toBeGreaterThan(0);
    expect(ran.calls.indexOf('clear a')).toBeLessThan(
      ran.calls.findIndex((call) => call.startsWith('pull ')),
    );
    expect(ran.staged).toMatchObject({ isPrepared: false, heldBy: null });
    expect(saidIn(ran)).toBe(1);
  });
});

describe('whatever happens, and whenever, a run keeps its promises', () => {
  test.each(Object.entries(scenarios))('where %s', async (_, scenario) => {
    const { moments, broken } = await runIn(scenario);
    expect(broken).toEqual([]);
    // A run that starts over has more moments than one that does not.
    const lists = [
      ...replacements.flatMap((each) => range(moments + 12).map((at) => [[at, each] as const])),
      ...others.flatMap((each) => range(moments).map((at) => [[at, each] as const])),
    ];
    expect(await brokenIn(scenario, lists)).toEqual([]);
  });

  test.each(pairs)('$name', async ({ first, second }) => {
    const { moments } = await runIn(fresh);
    const lists = range(moments).flatMap((at) =>
      [0, 2, 7].map((later) => [[at, first] as const, [at + later, second] as const]),
    );
    expect(await brokenIn(fresh, lists)).toEqual([]);
  });
});

interface End {
  readonly result?: string | undefined;
  /** Its code. */
  readonly error?: unknown;
  readonly heldBy: Holder | null | undefined;
  readonly recorded: string | undefined;
}

/** What a run comes to, in few words, and what it leaves of the deployment that is staged. */
function endOf({ result, error, staged, receipts }: Ran): End {
  const receipt = staged && receipts.get(idOf(staged.name));
  const recorded = typeof receipt === 'object' ? `${receipt.state}, ${receipt.finalizationLock}` : receipt;
  const left = { heldBy: staged?.heldBy, recorded };
  if (error !== undefined) return { error: (error as { code: unknown }).code, ...left };
  if (result?.kind !== 'ended') return { result: result?.kind, ...left };
  const { target, state, hold } = result.staged;
  return { result: `${target.id} ${state}, ${hold}`, ...left };
}

describe('a run ends', () => {
  const released: End = { result: 'os-a.0 staged, released', heldBy: null, recorded: 'staged, null' };
  const failed: End = { result: 'os-a.0 failed, ours', heldBy: 'ours', recorded: 'failed, ours' };
  const releasedK: End = { ...released, result: 'os-k.0 staged, released' };
  const already: End = { result: 'complete-already', heldBy: null, recorded: 'staged, null' };

  const ends: Readonly<Record<keyof typeof scenarios, End>> = {
    'what is staged lacks its images': released,
    'a command is to make it bootable': {
      result: 'os-a.0 staged, ours',
      heldBy: 'ours',
      recorded: 'staged, ours',
    },
    'there is no such command': { error: 'tool-missing', heldBy: 'ours', recorded: undefined },
    'somebody else holds it': {
      result: 'os-a.0 staged, theirs',
      heldBy: 'theirs',
      recorded: 'staged, theirs',
    },
    'an earlier run has failed': released,
    'an earlier run has completed and released it': already,
    'an earlier run was killed before it released it': released,
    'an image is gone since it was completed': released,
    'it was completed in another boot': released,
    'it is prepared for a soft reboot': released,
    'it is prepared for a soft reboot, and an image does not exist': failed,
    'it is prepared for a soft reboot, and there is no such command': {
      error: 'tool-missing',
      heldBy: 'ours',
      recorded: undefined,
    },
    'every image is there': released,
    'an image does not exist': failed,
    'an image may be missing': released,
    'another image may be missing': failed,
    'what may be missing is not bound': { error: 'usage', heldBy: 'ours', recorded: 'failed, ours' },
    'its configuration is invalid': failed,
    'it binds nothing': { result: 'os-empty.0 staged, released', heldBy: null, recorded: 'staged, null' },
    'its receipt is damaged': released,
    'another run is at work and ends': released,
    'another run is at work and stays': { error: 'busy', heldBy: 'ours', recorded: undefined },
    'a command waits for another run': {
      result: 'os-a.0 staged, ours',
      heldBy: 'ours',
      recorded: 'staged, ours',
    },
    'an image carries payloads': releasedK,
    'a payload cannot be taken': {
      result: 'os-k.0 failed, ours',
      heldBy: 'ours',
      recorded: 'failed, ours',
    },
    'a payload cannot be taken, and its image may be missing': releasedK,
    'an image with payloads does not exist': {
      result: 'os-k.0 failed, ours',
      heldBy: 'ours',
      recorded: 'failed, ours',
    },
    'a payload is gone since it was completed': releasedK,
    'it was completed with its payloads': already,
    'its root is named': released,
    'another root is named': { result: `${rootOf('c')} staged, null`, heldBy: null, recorded: undefined },
    'nothing is staged': { result: 'nothing-staged', heldBy: undefined, recorded: undefined },
    'a root is named on a host without deployments': {
      result: `${rootOf('c')} staged, null`,
      heldBy: undefined,
      recorded: undefined,
    },
  };

  test.each(Object.entries(ends))('where %s', async (name, end) => {
    expect(endOf(await runIn(scenarios[name as keyof typeof scenarios]))).toEqual(end);
  });
});

describe('a run tells what is found', () => {
  test.each([
    {
      name: 'in the root and by the plan',
      scenario: fresh,
      told: rootFinding,
      found: [rootFinding, planFinding],
      // The store tells of what it completes.
      progress: [],
    },
    {
      name: 'in a root that is invalid',
      scenario: scenarios['its configuration is invalid'],
      told: rootError,
      found: [rootError],
      progress: ['plan', 'summary'],
    },
    {
      name: 'in a root that binds nothing',
      scenario: scenarios['it binds nothing'],
      told: rootFinding,
      found: [rootFinding],
      progress: ['plan', 'summary'],
    },
  ])('$name', async ({ scenario, told, found, progress }) => {
    const { result, events } = await runIn(scenario);
    expect(events[0]).toEqual({ kind: 'findings', diagnostics: [told] });
    expect(events.slice(1).map(({ kind }) => kind)).toEqual(progress);
    expect(result).toMatchObject({ kind: 'ended', staged: { diagnostics: found } });
  });
});

/** The moment before a run that nothing disturbs asks that, for the first time or for the last. */
async function momentBefore(
  scenario: Scenario,
  call: string,
  which: 'first' | 'last' = 'last',
): Promise<number> {
  const { calls, moments } = await runIn(scenario);
  for (let at = moments; at >= 0; at -= 1) {
    const { calls: made } = await runIn(scenario, [[at, { kind: 'killed' }]]);
    if (made.length <= (which === 'first' ? calls.indexOf(call) : calls.lastIndexOf(call))) return at;
  }
  throw new Error(`${call} is never asked: ${calls.join(', ')}`);
}

describe('a payload that cannot be taken', () => {
  test('is said with its image, and recorded', async () => {
    const { result, receipts } = await runIn(scenarios['a payload cannot be taken']);
    const error = { code: 'not-in-image', message: 'there is no such file', hint: null };
    expect(result).toMatchObject({
      staged: {
        payloads: [
          { reference: 'quay.io/x/kit:1', payload: { as: 'kernel' }, state: 'taken', error: null },
          { reference: 'quay.io/x/kit:1', payload: { as: 'ext' }, state: 'failed', error },
        ],
      },
    });
    expect(receipts.get(idOf('k'))).toMatchObject({
      payloads: [
        { as: 'kernel', state: 'taken' },
        { reference: 'quay.io/x/kit:1', as: 'ext', state: 'failed', bytes: null, error },
      ],
    });
  });
});

describe('what may be missing', () => {
  const accepting: Scenario = scenarios['an image may be missing'];

  test('is recorded with the reason, and said', async () => {
    const { result, receipts, events } = await runIn(accepting);
    const accepted = { references: ['quay.io/x/db:1'], reason: 'the registry is gone' };
    expect(result).toMatchObject({ staged: { accepted } });
    expect(receipts.get(idOf('a'))).toMatchObject({ accepted });
    expect(events).toContainEqual({
      kind: 'note',
      level: 'warning',
      text: expect.stringMatching(
        /^quay\.io\/x\/db:1 is missing, which was accepted at \S+: the registry is gone$/,
      ),
    });
  });

  test('may be so in later runs for the same deployment', async () => {
    const first = await runIn(accepting);
    const receipt = first.receipts.get(idOf('a'));
    if (typeof receipt !== 'object') throw new Error('no receipt');
    const later: Scenario = {
      ...accepting,
      receipts: { a: { ...receipt, state: 'failed', finalizationLock: 'ours' } },
    };
    expect(endOf(await runIn(later))).toMatchObject({ result: 'os-a.0 staged, released' });
  });

  test('may not be so of what is staged in its place', async () => {
    const at = await momentBefore(accepting, 'pull quay.io/x/db:1');
    const scenario: Scenario = { ...accepting, binds: { ...binds, b: ['app', 'db'] } };
    const ran = await runIn(scenario, [[at, { kind: 'staged', name: 'b' }]]);
    expect(endOf(ran)).toEqual({ result: 'os-b.0 failed, ours', heldBy: 'ours', recorded: 'failed, ours' });
    expect(ran.receipts.get(idOf('b'))).toMatchObject({ accepted: null });
  });

  test('is nothing that is there', async () => {
    const ran = await runIn({ ...accepting, absent: [] });
    expect(ran.result).toMatchObject({ staged: { state: 'staged', accepted: null } });
  });
});

describe('a run that is disturbed', () => {
  test('holds at once what is staged while images come, lets them be, and goes on with that', async () => {
    const many = Array.from({ length: 30 }, (_, index) => `image-${index}`);
    const scenario: Scenario = { binds: { ...binds, a: many }, staged: { name: 'a' } };
    const at = await momentBefore(scenario, 'pull quay.io/x/image-0:1');
    const ran = await runIn(scenario, [[at, { kind: 'staged', name: 'b' }]]);
    expect(endOf(ran)).toEqual({
      result: 'os-b.0 staged, released',
      heldBy: null,
      recorded: 'staged, null',
    });
    expect(ran.stored).not.toContain('quay.io/x/image-29:1');
    expect(ran.calls.indexOf('hold b')).toBeLessThan(ran.calls.indexOf('record what was pulled'));
    expect(ran.receipts.has(idOf('a'))).toBe(false);
    expect(ran.events).toContainEqual({
      kind: 'note',
      level: 'warning',
      text: 'another deployment was staged meanwhile: starting over with that one',
    });
  });

  test('holds at once what is staged while it waits for another run', async () => {
    const scenario: Scenario = { ...fresh, other: 'stays' };
    const at = await momentBefore(scenario, 'wait for the store', 'first');
    const ran = await runIn(scenario, [[at, { kind: 'staged', name: 'b' }]]);
    expect(endOf(ran)).toEqual({ error: 'busy', heldBy: 'ours', recorded: 'failed, ours' });
  });

  describe('stops to wait for another run that does not end', () => {
    const scenario: Scenario = { ...fresh, other: 'never ends' };
    // As long as nothing happens, it does the same where the other run stays.
    const firstWait = () => momentBefore({ ...fresh, other: 'stays' }, 'wait for the store', 'first');
    const end: End = { result: 'os-empty.0 staged, released', heldBy: null, recorded: 'staged, null' };

    test('where something else is staged, which needs no store', async () => {
      const ran = await runIn(scenario, [[await firstWait(), { kind: 'staged', name: 'empty' }]]);
      expect(ran.broken).toEqual([]);
      expect(endOf(ran)).toEqual(end);
    });

    test('where that has happened once before', async () => {
      const at = await firstWait();
      const next = [at, { kind: 'staged', name: 'b' }] as const;
      const ran = await runIn(scenario, [next, [at + 100, { kind: 'staged', name: 'empty' }]]);
      expect(ran.calls).toContain('write b downloading');
      expect(ran.broken).toEqual([]);
      expect(endOf(ran)).toEqual(end);
    });
  });

  test('leaves to no command what was staged after the last image came', async () => {
    const scenario = { ...fresh, isForCommand: true };
    const at = await momentBefore(scenario, 'deployments');
    const ran = await runIn(scenario, [[at, { kind: 'staged', name: 'b' }]]);
    expect(endOf(ran)).toEqual({ result: 'os-b.0 staged, ours', heldBy: 'ours', recorded: 'staged, ours' });
  });

  test('leaves it released to whoever has unlocked it', async () => {
    const at = await momentBefore(fresh, 'pull quay.io/x/db:1');
    const ran = await runIn(fresh, [[at, { kind: 'unlocked' }]]);
    expect(endOf(ran)).toEqual({ result: 'os-a.0 staged, released', heldBy: null, recorded: 'staged, null' });
  });

  test('leaves it to whoever has locked it meanwhile', async () => {
    const at = await momentBefore(fresh, 'release a');
    const ran = await runIn(fresh, [
      [at, { kind: 'unlocked' }],
      [at, { kind: 'locked' }],
    ]);
    expect(endOf(ran)).toEqual({
      result: 'os-a.0 staged, theirs',
      heldBy: 'theirs',
      recorded: 'staged, theirs',
    });
  });

  test.each([
    { name: 'stopped', kind: 'stopped', end: { result: 'os-a.0 failed, ours' } },
    { name: 'refused by the registries', kind: 'pulls fail', end: { result: 'os-a.0 failed, ours' } },
    { name: 'left by podman', kind: 'store breaks', end: { error: 'store' } },
  ] as const)('holds what it has not completed: $name', async ({ kind, end }) => {
    const at = await momentBefore(fresh, 'pull quay.io/x/db:1');
    const ran = await runIn(fresh, [[at, { kind }]]);
    expect(endOf(ran)).toEqual({ ...end, heldBy: 'ours', recorded: 'failed, ours' });
  });

  test.each([
    { name: 'what is staged', scenario: { ...fresh, isForCommand: true }, end: 'os-a.0 failed, ours' },
    {
      name: 'a root that is named',
      scenario: { ...fresh, isForCommand: true, root: rootOf('c') },
      end: `${rootOf('c')} failed, null`,
    },
  ])('leaves nothing to a command once it is stopped, though all is there: $name', async (row) => {
    const at = await momentBefore(row.scenario, 'record what was pulled');
    const ran = await runIn(row.scenario, [[at, { kind: 'stopped' }]]);
    expect(ran.result).toMatchObject({ kind: 'ended', staged: { error: { code: 'interrupted' } } });
    expect(endOf(ran).result).toBe(row.end);
  });

  test.each([
    { kind: 'stopped', code: 'interrupted', thrown: 'AbortError' },
    { kind: 'time is up', code: 'timeout', thrown: 'TimeoutError' },
  ] as const)('records that it was stopped, and not what that has thrown: $code', async (row) => {
    const at = await momentBefore(fresh, 'release a');
    const ran = await runIn(fresh, [[at, { kind: row.kind }]]);
    expect(ran.error).toMatchObject({ name: row.thrown });
    expect(ran.staged?.heldBy).toBe('ours');
    expect(ran.receipts.get(idOf('a'))).toMatchObject({ state: 'failed', error: { code: row.code } });
  });

  test('holds what it cannot record, and says so', async () => {
    const at = await momentBefore(fresh, 'write a staged', 'first');
    const ran = await runIn(fresh, [[at, { kind: 'receipts fail' }]]);
    expect(endOf(ran)).toEqual({ error: 'state', heldBy: 'ours', recorded: 'downloading, ours' });
    expect(ran.calls).not.toContain('release a');
  });

  test('leaves to another one what that has completed, and is about to release', async () => {
    const scenario: Scenario = { ...fresh, other: 'stays' };
    const at = await momentBefore(scenario, 'wait for the store', 'first');
    const ran = await runIn(scenario, [[at, { kind: 'other completes' }]]);
    expect(endOf(ran)).toEqual({ result: 'complete-already', heldBy: 'ours', recorded: 'staged, ours' });
    expect(ran.calls.filter((call) => call.startsWith('write') || call.startsWith('release'))).toEqual([]);
  });

  test('completes what the other one is said to have completed, where an image is missing', async () => {
    const scenario: Scenario = { ...fresh, other: 'stays' };
    const at = await momentBefore(scenario, 'wait for the store', 'first');
    const ran = await runIn(scenario, [
      [at, { kind: 'other completes' }],
      [at, { kind: 'an image is lost' }],
    ]);
    expect(endOf(ran)).toEqual({
      result: 'os-a.0 staged, released',
      heldBy: null,
      recorded: 'staged, null',
    });
  });

  test('releases its own hold, where the other one has released the deployment before', async () => {
    const scenario: Scenario = { ...fresh, other: 'stays', staged: { name: 'a', heldBy: 'ours' } };
    const at = await momentBefore(scenario, 'wait for the store', 'first');
    // As if it had been held by this run after that.
    const ran = await runIn(scenario, [
      [at, { kind: 'other completes' }],
      [at, { kind: 'other releases' }],
      [at, { kind: 'held again' }],
    ]);
    expect(endOf(ran)).toEqual({ result: 'os-a.0 staged, released', heldBy: null, recorded: 'staged, null' });
  });

  test('says that nothing is staged any more', async () => {
    const at = await momentBefore(fresh, 'pull quay.io/x/db:1');
    const ran = await runIn(fresh, [[at, { kind: 'dropped' }]]);
    expect(ran.result).toEqual({ kind: 'nothing-staged', since: 'meanwhile' });
    expect(ran.receipts.size).toBe(0);
  });

  test('holds what is staged in place of a root that was named, and does not complete it', async () => {
    const scenario: Scenario = { ...fresh, root: rootOf('a') };
    const at = await momentBefore(scenario, 'write a checking');
    const ran = await runIn(scenario, [[at, { kind: 'staged', name: 'b' }]]);
    expect(endOf(ran)).toEqual({ error: 'deployment', heldBy: 'ours', recorded: undefined });
  });
});

import { diagnose } from '../../src/diagnostic/diagnose.js';
import { nowhere } from '../../src/diagnostic/place.js';
import type { Holder } from '../../src/model/deployment.js';
import { BoundImagesError } from '../../src/model/error.js';
import type { OperationEvent } from '../../src/model/events.js';
import type { PullOutcome } from '../../src/model/outcome.js';
import type { Payload } from '../../src/model/payload.js';
import type { DeploymentHost } from '../../src/model/ports.js';
import type { Receipt } from '../../src/model/receipt.js';
import type { ResolvedImage } from '../../src/model/resolved-image.js';
import type { StoreContent } from '../../src/model/store.js';
import type { StagePorts, StageResult } from '../../src/operations/stage.js';
import { stage } from '../../src/operations/stage.js';
import { refused } from '../../src/payloads/problem.js';
import { emptyTree } from '../../src/root/empty-tree.js';
import type { Roots } from '../../src/root/open-roots.js';
import { rootView } from '../../src/root/root-view.js';
import type { PayloadOutcome } from '../../src/state/payloads.js';
import type { ReadReceipt } from '../../src/state/receipts.js';
import { memoized } from '../../src/text/memoized.js';
import { plannedImage, resolvedImage } from '../support/planned-image.js';
import { soundImage } from '../support/sound-image.js';
import { bootedDeployment, idOf, rootOf, stagedDeployment } from './deployments.js';

/** What is staged: two deployments of one name may be staged one after the other. */
export interface Instance {
  readonly name: string;
  heldBy: Holder | null;
  /** This run has held it. */
  isOurs: boolean;
  /** What the last hold of it has told this run. */
  told: Holder | undefined;
  /** For a soft reboot; seen: the run has been told of it. */
  isPrepared: boolean;
  isSeenPrepared: boolean;
  /** Somebody has ended whatever hold there was. */
  isUnlocked: boolean;
  /** One of its name was staged before, and cannot be told from it: the hold on that has ended. */
  readonly isAgain: boolean;
}

/** Something that happens beside the run. */
export type Happening =
  | { readonly kind: 'staged'; readonly name: string; readonly heldBy?: Holder }
  | {
      readonly kind:
        | 'dropped'
        | 'locked'
        | 'unlocked'
        | 'prepared'
        | 'stopped'
        | 'time is up'
        | 'killed'
        | 'receipts fail'
        | 'receipts work'
        | 'pulls fail'
        | 'payloads fail'
        | 'a payload is lost'
        | 'store breaks'
        | 'host fails'
        | 'other completes'
        | 'other releases'
        | 'an image is lost'
        | 'held again';
    };

/** How things are when a run begins. */
export interface Scenario {
  /** What each deployment binds, by its name. */
  readonly binds: Readonly<Record<string, readonly string[]>>;
  /** The name of the deployment that is staged, and who holds it. */
  readonly staged?: { readonly name: string; readonly heldBy?: Holder };
  /** Whatever is staged is prepared for a soft reboot at once. */
  readonly isPrepared?: boolean;
  readonly stored?: readonly string[];
  /** What images carry for the next boot, by their names. */
  readonly carries?: Readonly<Record<string, readonly string[]>>;
  /** Those that the staged deployment has already. */
  readonly placed?: readonly string[];
  /** Those that cannot be taken. */
  readonly untakable?: readonly string[];
  /** What earlier runs left. */
  readonly receipts?: Readonly<Record<string, Partial<Receipt> | 'damaged'>>;
  readonly isForCommand?: boolean;
  /** There is no such command. */
  readonly commandIsAbsent?: boolean;
  /** The root that is named. */
  readonly root?: string;
  /** Names of roots whose configuration is invalid. */
  readonly invalid?: readonly string[];
  /** No ostree has booted this machine. */
  readonly hasNoHost?: boolean;
  /** Another run works on the store: until it has ended, for longer than this one waits, or for ever. */
  readonly other?: 'ends' | 'stays' | 'never ends';
  /** What no registry has. */
  readonly absent?: readonly string[];
  /** What may be missing of that deployment, by its name. */
  readonly accept?: { readonly of: string; readonly names: readonly string[] };
}

/** What a run came to, and everything that it must not have done. */
export interface Ran {
  readonly result: StageResult | undefined;
  readonly error: unknown;
  readonly isKilled: boolean;
  /** How many moments the run had: between any two, something else may happen. */
  readonly moments: number;
  readonly staged: Instance | undefined;
  readonly receipts: ReadonlyMap<string, Receipt | 'damaged'>;
  readonly stored: ReadonlySet<string>;
  readonly events: readonly OperationEvent[];
  readonly calls: readonly string[];
  readonly broken: readonly string[];
}

export const bootId = 'this-boot';

const startedAt = '2026-03-01T10:00:00.000Z';
/** Made once for each of a few texts. */
const resolved = memoized((text: string) => resolvedImage(text));
const planned = memoized((text: string) => plannedImage(text));
const digestOf = memoized(
  (text: string) => `sha256:${Buffer.from(text).toString('hex').padStart(64, '0').slice(-64)}`,
);
const storedId = (text: string) => digestOf(text).slice(7);
const payloadOf = memoized(
  (as: string): Payload => ({
    ...{ source: { kind: 'path', path: `/${as}` }, as, maxBytes: 1 },
    ...{ mode: undefined, digest: undefined, place: nowhere },
  }),
);
const placeOf = (id: string, as: string) => `${id} ${as}`;
const imageOf = (name: string) => `quay.io/x/${name}:1`;
const endless = 500;

/** What is found in every root whose configuration is valid, in every other one, and by every plan. */
export const rootFinding = diagnose('pod-binds-nothing', nowhere, {});
/** What is pulled is decided by the scenario. */
const noRoots: Roots = {
  newRoot: rootView(emptyTree, 'new', null),
  current: rootView(emptyTree, 'current', null),
};

export const rootError = diagnose('root-without-os', nowhere, { root: '/x' });
export const planFinding = diagnose('not-proved', nowhere, { images: 1, problem: 'x' });

class Killed extends Error {}

export function receiptOf(scenario: Scenario, name: string, fields: Partial<Receipt>): Receipt {
  const references = (scenario.binds[name] ?? []).map(imageOf);
  return {
    schemaVersion: 1,
    deployment: idOf(name),
    root: rootOf(name),
    state: 'failed',
    startedAt,
    updatedAt: startedAt,
    runs: 1,
    finalizationLock: null,
    bootId,
    images: references.map((reference) => ({
      reference,
      store: 'podman',
      state: fields.state === 'staged' ? 'present' : 'missing',
      digest: fields.state === 'staged' ? digestOf(reference) : null,
      id: fields.state === 'staged' ? storedId(reference) : null,
      bytes: 0,
      attempts: 0,
      seconds: 0,
      sources: [],
      error: null,
    })),
    payloads: [],
    error: null,
    accepted: null,
    ...fields,
  };
}

/**
 * Runs `stage` in a world of its own, in which things happen at moments counted from 0: before and after whatever it asks
 * of the host, of the store or of the receipts. `broken` names every promise that the run has not kept.
 */
export async function runIn(
  scenario: Scenario,
  happenings: readonly (readonly [number, Happening])[] = [],
): Promise<Ran> {
  const broken: string[] = [];
  const calls: string[] = [];
  const events: OperationEvent[] = [];
  const stop = new AbortController();
  const watchers = new Set<() => void>();
  const receipts = new Map<string, Receipt | 'damaged'>(
    Object.entries(scenario.receipts ?? {}).map(([name, fields]) => [
      idOf(name),
      fields === 'damaged' ? 'damaged' : receiptOf(scenario, name, fields),
    ]),
  );
  const stored = new Set((scenario.stored ?? []).map(imageOf));
  const absent = new Set((scenario.absent ?? []).map(imageOf));
  const faults = new Set<'receipts' | 'pulls' | 'payloads' | 'store' | 'host'>();
  let staged: Instance | undefined;
  const names = new Set<string>();
  let isOtherAtWork = scenario.other !== undefined;
  let moment = 0;
  let isDead = false;
  let die: () => void = () => undefined;
  const death = new Promise<'killed'>((resolve) => {
    die = () => resolve('killed');
  });

  const wants = (name: string) => (scenario.binds[name] ?? []).map(imageOf);
  const mayMiss = (name: string, image: string) =>
    scenario.accept?.of === name && scenario.accept.names.some((each) => imageOf(each) === image);
  const carried = (image: string) =>
    Object.entries(scenario.carries ?? {}).flatMap(([name, payloads]) =>
      imageOf(name) === image ? payloads : [],
    );
  /** Of which deployment, and its name. */
  const placed = new Set((scenario.placed ?? []).map((as) => placeOf(idOf(scenario.staged?.name ?? ''), as)));
  const isComplete = (name: string) =>
    wants(name).every(
      (image) =>
        mayMiss(name, image) ||
        (stored.has(image) && carried(image).every((as) => placed.has(placeOf(idOf(name), as)))),
    );
  const carrying = (image: string): ResolvedImage => {
    const bare = resolved(image);
    const payloads = carried(image).map(payloadOf);
    return payloads.length === 0 ? bare : { ...bare, image: { ...bare.image, payloads } };
  };
  const nameOf = (id: string) => id.slice('os-'.length, -'.0'.length);
  const stageNext = (name: string, heldBy: Holder | null) => {
    const isAgain = names.has(name);
    names.add(name);
    const isPrepared = scenario.isPrepared ?? false;
    staged = {
      ...{ name, heldBy, isOurs: false, told: undefined, isUnlocked: false, isAgain },
      ...{ isPrepared, isSeenPrepared: false },
    };
  };
  if (scenario.staged !== undefined) stageNext(scenario.staged.name, scenario.staged.heldBy ?? null);

  const happen = (happening: Happening): void => {
    switch (happening.kind) {
      case 'staged':
        stageNext(happening.name, happening.heldBy ?? null);
        break;
      case 'dropped':
        staged = undefined;
        break;
      case 'locked':
        if (staged?.heldBy === null) staged.heldBy = 'theirs';
        break;
      case 'unlocked':
        if (staged !== undefined) [staged.heldBy, staged.isUnlocked] = [null, true];
        break;
      case 'prepared':
        if (staged !== undefined) staged.isPrepared = true;
        break;
      case 'stopped':
        stop.abort();
        return;
      case 'time is up':
        stop.abort(new DOMException('the time is up', 'TimeoutError'));
        return;
      case 'killed':
        isDead = true;
        die();
        return;
      case 'receipts fail':
        faults.add('receipts');
        return;
      case 'receipts work':
        faults.delete('receipts');
        return;
      case 'pulls fail':
        faults.add('pulls');
        return;
      case 'payloads fail':
        faults.add('payloads');
        return;
      case 'a payload is lost':
        for (const each of [...placed].slice(0, 1)) placed.delete(each);
        return;
      case 'store breaks':
        faults.add('store');
        return;
      case 'host fails':
        faults.add('host');
        return;
      case 'other completes':
        if (!isOtherAtWork || staged === undefined) return;
        for (const image of wants(staged.name)) {
          stored.add(image);
          for (const as of carried(image)) placed.add(placeOf(idOf(staged.name), as));
        }
        receipts.set(
          idOf(staged.name),
          receiptOf(scenario, staged.name, { state: 'staged', finalizationLock: 'ours' }),
        );
        isOtherAtWork = false;
        return;
      case 'an image is lost':
        for (const image of [...stored].slice(0, 1)) stored.delete(image);
        return;
      case 'held again':
        if (staged?.heldBy === null) [staged.heldBy, staged.isUnlocked] = ['ours', false];
        break;
      case 'other releases': {
        const receipt = staged && receipts.get(idOf(staged.name));
        if (staged?.heldBy !== 'ours' || typeof receipt !== 'object' || receipt.state !== 'staged') return;
        [staged.heldBy, staged.isUnlocked] = [null, true];
        receipts.set(idOf(staged.name), { ...receipt, finalizationLock: null });
        break;
      }
    }
    for (const watcher of watchers) watcher();
  };

  /** Something may happen now. Nothing of a run that was killed goes on. */
  const now = (): void => {
    for (const [at, happening] of happenings) if (at === moment && !isDead) happen(happening);
    moment += 1;
    if (moment > endless) {
      broken.push('it comes to no end');
      happen({ kind: 'killed' });
    }
    if (isDead) throw new Killed();
  };
  const calling = async <T>(name: string, effect: () => T): Promise<T> => {
    await undefined;
    try {
      now();
      calls.push(name);
      const value = effect();
      now();
      return value;
    } catch (error) {
      if (isDead) return await new Promise<never>(() => undefined);
      throw error;
    }
  };
  const calledAtOnce = <T>(name: string, effect: () => T): T => {
    now();
    calls.push(name);
    return effect();
  };

  /** Of the last answer of the host that the run has had. */
  let lastSeen: Instance | undefined;
  /** Of deployments that were seen, and not yet held: what must come next. */
  let toHold: Instance | undefined;
  /** When an image came last, and when which deployment was seen last, in calls. */
  let lastPull = 0;
  const seenAt = new Map<string, number>();
  const see = () => {
    lastSeen = staged;
    if (staged !== undefined) seenAt.set(idOf(staged.name), calls.length);
  };
  /** What a run does or says before it has held what it has seen in place of what it held. */
  const mustHold = (what: string) => {
    if (toHold !== undefined && toHold === staged && toHold.told === undefined && !faults.has('host'))
      broken.push(`${what} before ${toHold.name} is held`);
  };
  let hasHeld = false;

  const throwIfFaulty = () => {
    if (faults.has('host')) throw new BoundImagesError('deployment', 'ostree does not answer');
  };
  const host: DeploymentHost = {
    kind: 'ostree',
    deployments: (signal) =>
      calling('deployments', () => {
        throwIfFaulty();
        signal.throwIfAborted();
        see();
        if (staged?.isPrepared) staged.isSeenPrepared = true;
        if (hasHeld && staged?.told === undefined && !staged?.isAgain) toHold = staged;
        return [
          ...(staged === undefined
            ? []
            : [{ ...stagedDeployment(staged.name, staged.heldBy), softReboot: staged.isPrepared }]),
          bootedDeployment,
        ];
      }),
    hold: ({ id }) =>
      calling(`hold ${nameOf(id)}`, () => {
        throwIfFaulty();
        see();
        if (staged === undefined || idOf(staged.name) !== id) return 'not-staged';
        hasHeld = true;
        staged.heldBy ??= 'ours';
        staged.told = staged.heldBy;
        staged.isOurs ||= staged.heldBy === 'ours';
        return staged.heldBy;
      }),
    release: ({ id }, signal) =>
      calling(`release ${nameOf(id)}`, () => {
        throwIfFaulty();
        signal.throwIfAborted();
        see();
        if (staged === undefined || idOf(staged.name) !== id) return 'not-staged';
        const { name, heldBy, told } = staged;
        const receipt = receipts.get(id);
        if (!isComplete(name)) broken.push(`${name} is released while an image is missing`);
        if (told === 'theirs') broken.push(`${name} is released though somebody else held it`);
        if (told === undefined && !staged.isAgain) broken.push(`${name} is released and was not held`);
        if (scenario.isForCommand) broken.push(`${name} is released though a command is to do that`);
        if (typeof receipt !== 'object' || receipt.state !== 'staged')
          broken.push(`${name} is released without a receipt`);
        if (heldBy === 'theirs') return 'theirs';
        [staged.heldBy, staged.isUnlocked] = [null, true];
        return 'released';
      }),
    clearSoftReboot: ({ id }) =>
      calling(`clear ${nameOf(id)}`, () => {
        throwIfFaulty();
        if (staged === undefined || idOf(staged.name) !== id || !staged.isPrepared) return false;
        [staged.isPrepared, staged.isSeenPrepared] = [false, false];
        return true;
      }),
    watch: (onChange) => {
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
  };

  const read = (id: string): ReadReceipt => {
    const receipt = receipts.get(id);
    if (receipt === undefined) return { kind: 'none' };
    if (receipt === 'damaged')
      return { kind: 'damaged', damage: { file: id, message: 'damaged', hint: 'see' } };
    return { kind: 'read', value: receipt };
  };
  const written = new Set<string>();
  const mayWrite = () => {
    if (faults.has('receipts')) throw new BoundImagesError('state', 'the disk is full');
  };
  const outcomeOf = (image: ResolvedImage, isThere: boolean, code: 'denied' | 'interrupted'): PullOutcome => {
    const { text } = image.image.reference;
    return {
      planned: { ...planned(text), resolved: image },
      state: isThere ? 'pulled' : 'failed',
      digest: isThere ? digestOf(text) : null,
      id: isThere ? storedId(text) : null,
      bytes: 1,
      attempts: 1,
      seconds: 1,
      error: isThere
        ? null
        : { code, kind: code === 'denied' ? 'permanent' : 'transient', message: code, hint: null },
    };
  };

  const ports: StagePorts = {
    findHost: async () => (scenario.hasNoHost ? undefined : host),
    read: ({ root }) => {
      const name = root.slice(rootOf('').length - '.0'.length, -'.0'.length);
      const images = wants(name).map(carrying);
      const isInvalid = scenario.invalid?.includes(name) ?? false;
      return { roots: noRoots, images, diagnostics: [isInvalid ? rootError : rootFinding] };
    },
    receipts: {
      read,
      all: () => [...receipts.keys()].map(read),
      write: (receipt) =>
        calledAtOnce(`write ${nameOf(receipt.deployment)} ${receipt.state}`, () => {
          if (receipt.deployment === (toHold && idOf(toHold.name))) mustHold('its receipt is written');
          mayWrite();
          if (receipt.state === 'staged') {
            const name = nameOf(receipt.deployment);
            if (!isComplete(name)) broken.push(`${name} is recorded while an image is missing`);
            const isOfHost = receipt.deployment !== receipt.root;
            if (isOfHost && (seenAt.get(receipt.deployment) ?? -1) < lastPull)
              broken.push(`${name} is recorded, and may have been replaced`);
          }
          written.add(receipt.deployment);
          receipts.set(receipt.deployment, receipt);
        }),
      remove: (id) =>
        calledAtOnce(`remove ${nameOf(id)}`, () => {
          mayWrite();
          receipts.delete(id);
        }),
    },
    content: (_bound, _ids, signal) =>
      calling('look at the store', (): StoreContent => {
        signal.throwIfAborted();
        if (faults.has('store')) throw new BoundImagesError('store', 'podman does not answer');
        const images = [...stored].map((text) => {
          const repository = text.slice(0, text.lastIndexOf(':'));
          const repoDigests = [`${repository}@${digestOf(text)}`];
          return { id: storedId(text), names: [text], repoDigests, size: 1 };
        });
        return { images, proofOf: soundImage, artifacts: new Map() };
      }),
    payloads: {
      remove: (id) => {
        for (const at of placed) if (at.startsWith(`${id} `)) broken.push(`${at} is removed`);
      },
      look: async (id, wanted, _proof, signal) =>
        await calling('look at the payloads', () => {
          signal.throwIfAborted();
          return wanted.map(({ reference, payload }) => {
            const isPresent = placed.has(placeOf(id, payload.as));
            return { reference, payload, isPresent, bytes: 1, problem: isPresent ? null : 'is missing' };
          });
        }),
      complete: async (id, wanted, { take }, signal) => {
        const outcomes: PayloadOutcome[] = [];
        for (const each of wanted) {
          const { reference, payload, digest } = each;
          const at = placeOf(id, payload.as);
          const known = { reference, payload, bytes: 1, error: null };
          if (placed.has(at)) outcomes.push({ ...known, state: 'present' });
          if (placed.has(at) || digest === null) continue;
          signal.throwIfAborted();
          const error = await take(each, payload.as);
          if (error === undefined) placed.add(at);
          outcomes.push(
            error === undefined
              ? { ...known, state: 'taken' }
              : { ...known, state: 'failed', bytes: null, error },
          );
          lastPull = calls.length;
        }
        return outcomes;
      },
    },
    payloadShortage: () => undefined,
    openPayloads: async () => {
      await calling('open an image', () => {
        if (faults.has('store')) throw new BoundImagesError('store', 'podman does not answer');
      });
      return {
        room: async () => ({ bytes: 0, inodes: 0 }),
        take: async ({ as }) =>
          await calling(`take ${as}`, () => {
            if (faults.has('payloads') || scenario.untakable?.includes(as))
              throw refused('not-in-image', 'there is no such file');
          }),
        close: () => void calls.push('close an image'),
      };
    },
    openStore: async (signal) => {
      await calling('open the store', () => undefined);
      for (let turn = 0; isOtherAtWork; turn += 1) {
        await calling('wait for the store', () => signal.throwIfAborted());
        if (scenario.other === 'ends' && turn === 3) isOtherAtWork = false;
        if (scenario.other === 'stays' && turn === 3)
          throw new BoundImagesError('busy', 'another bound-images is at work');
      }
      if (faults.has('store')) throw new BoundImagesError('store', 'podman does not answer');
      calls.push('store opened');
      return {
        complete: async ({ images }, stopping) => {
          const storedIds = new Set([...stored].map(storedId));
          const outcomes: PullOutcome[] = [];
          for (const image of images) {
            const { text } = image.image.reference;
            await calling(`pull ${text}`, () => {
              if (faults.has('store')) throw new BoundImagesError('store', 'podman does not answer');
              const isFailing = absent.has(text) || faults.has('pulls');
              if (!stopping.aborted && !isFailing) stored.add(text);
              outcomes.push(outcomeOf(image, stored.has(text), isFailing ? 'denied' : 'interrupted'));
            });
            lastPull = calls.length;
          }
          return { outcomes, diagnostics: [planFinding], storedIds, origins: [] };
        },
        record: () => calledAtOnce('record what was pulled', () => undefined),
        release: () => calls.push('close the store'),
      };
    },
    clock: { now: () => new Date(Date.parse(startedAt) + moment), monotonicMs: () => moment },
    bootId,
    observe: (event) => {
      events.push(event);
      if (event.kind === 'note') mustHold('something is said');
    },
  };

  const require = () => {
    calls.push('look for the command');
    if (scenario.commandIsAbsent) throw new BoundImagesError('tool-missing', 'there is no such program');
  };
  const command = scenario.isForCommand || scenario.commandIsAbsent ? { require } : undefined;
  const accept = scenario.accept && {
    references: scenario.accept.names.map(imageOf),
    reason: 'the registry is gone',
  };
  const run = stage({ root: scenario.root, command, accept, signal: stop.signal }, ports).then(
    (result) => ({ result, error: undefined }),
    (error: unknown) => ({ result: undefined, error }),
  );
  const ended = await Promise.race([run, death]);
  const isKilled = ended === 'killed' || isDead;
  const { result, error } = ended === 'killed' ? { result: undefined, error: undefined } : ended;
  if (isDead) run.catch(() => undefined);
  judge();
  return { result, error, isKilled, moments: moment, staged, receipts, stored, events, calls, broken };

  function judge(): void {
    // A hold of ours ends with a release of ours, for which there is a receipt and every image, or by somebody else.
    if (staged?.isOurs && !staged.isUnlocked && staged.heldBy === null)
      broken.push(`the hold on ${staged.name} is lost`);
    if (isKilled) return;
    const isUsual = !faults.has('host');
    if (
      isUsual &&
      staged !== undefined &&
      staged === lastSeen &&
      !staged.isUnlocked &&
      staged.heldBy === null
    ) {
      const isLeft = result?.kind === 'complete-already' && isComplete(staged.name);
      const isUnseen = staged.isAgain && !(result?.kind === 'ended' && result.staged.state === 'failed');
      if (!isLeft && !isUnseen && hasHeld) broken.push(`${staged.name} was seen and is not held in the end`);
    }
    if (isUsual && staged?.isSeenPrepared && staged.told !== undefined && !isComplete(staged.name))
      broken.push(`${staged.name} was seen to be prepared for a soft reboot, and is so in the end`);
    const count = (made: string) => calls.filter((call) => call === made).length;
    const opened = count('store opened');
    if (count('open an image') < count('close an image')) broken.push('an image is closed twice');
    if (opened !== count('close the store') || (opened > 0 && calls.at(-1) !== 'close the store'))
      broken.push('the store stays locked');
    const id = result?.kind === 'ended' ? result.staged.target.id : undefined;
    if (!faults.has('receipts') && isUsual) {
      const last = id ?? (lastSeen && idOf(lastSeen.name));
      for (const each of written)
        if (each !== last && !each.startsWith('/') && receipts.has(each))
          broken.push(`${nameOf(each)} was replaced and is recorded`);
    }
    if (result?.kind === 'nothing-staged' && lastSeen !== undefined)
      broken.push(`nothing is said to be staged, and ${lastSeen.name} is`);
    if (result?.kind === 'complete-already' && !isComplete(nameOf(result.target.id)))
      broken.push(`${result.target.id} is said to be complete already, and is not`);
    if (result?.kind !== 'ended') return;
    const { target, state, hold } = result.staged;
    if (target.id === target.root) return;
    if (lastSeen === undefined || idOf(lastSeen.name) !== target.id)
      broken.push(`the result is about ${target.id}, and that was replaced`);
    if (state === 'staged' && !isComplete(nameOf(target.id)))
      broken.push(`${target.id} is said to be complete, and is not`);
    if (hold === 'released' && state === 'failed') broken.push(`${target.id} failed and is released`);
    const receipt = receipts.get(target.id);
    if (typeof receipt !== 'object' || receipt.state !== state)
      broken.push(`${target.id} is ${state} and is not recorded so`);
  }
}

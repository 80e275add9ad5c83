import type { PullEvent } from '../../src/model/events.js';
import type { Failure } from '../../src/model/failure.js';
import type { PlannedImage } from '../../src/model/plan.js';
import type { RunningLane, StartLane } from '../../src/pull/lanes.js';
import type { RunnerPorts, RunnerSettings } from '../../src/pull/runner.js';
import { plannedImage } from '../support/planned-image.js';
import { type VirtualTime, virtualTime } from '../support/virtual-timer.js';

/** What comes of one attempt. */
export interface Scripted {
  /** How long it takes; for ever, unless it is stopped, with Infinity. */
  readonly ms?: number;
  /** It pulls the image without one; what is thrown ends the whole run. */
  readonly failure?: Failure | Error;
}

/** By the reference of an image; the last attempt is like all that follow. */
export type Script = Readonly<Record<string, readonly Scripted[]>>;

export interface Started {
  readonly reference: string;
  readonly atMs: number;
}

/** The world of a run in which podman pulls each image by itself and does what a script says. */
export interface ScriptedWorld {
  readonly time: VirtualTime;
  readonly ports: RunnerPorts;
  readonly started: readonly Started[];
  readonly events: PullEvent[];
}

export function scriptedWorld(script: Script): ScriptedWorld {
  const time = virtualTime();
  const { timer } = time;
  const started: Started[] = [];
  const startLane: StartLane = ([planned], _, __, signal): RunningLane => {
    const reference = planned?.resolved.image.reference.text ?? '';
    const before = started.filter((each) => each.reference === reference).length;
    started.push({ reference, atMs: timer.monotonicMs() });
    const steps = script[reference] ?? [{}];
    const { ms = 10, failure } = steps[Math.min(before, steps.length - 1)] ?? {};
    const run = async () => {
      await timer.sleep(ms, signal);
      const tried = [{ kind: 'own' }] as const;
      if (signal.aborted) return { result: { kind: 'stopped' }, tried } as const;
      if (failure instanceof Error) throw failure;
      if (failure === undefined)
        return { result: { kind: 'pulled', ids: [`id of ${reference}`] }, tried } as const;
      return { result: { kind: 'failed', failure }, tried } as const;
    };
    return { copied: () => 0, group: () => undefined, ended: run() };
  };
  const ports: RunnerPorts = {
    relay: null,
    listen: () => undefined,
    circumstances: { direct: 'as the script says', isLimited: false, fits: () => true, partialPulls: 'none' },
    lookUp: async () => {
      throw new Error('podman asks by itself');
    },
    startLane,
    writeOut: async () => undefined,
    onDirect: () => undefined,
    timer,
    random: () => 0.5,
  };
  return { time, ports, started, events: [] };
}

export const usualSettings: RunnerSettings = {
  lanes: 2,
  mostLanes: 2,
  roomBytes: Infinity,
  keptTwiceBytes: Infinity,
  retries: 2,
  stallTimeoutMs: 10_000_000,
  signal: new AbortController().signal,
  storedLayers: () => ({ digests: new Set(), compressedBytes: 0 }),
  findShortage: () => undefined,
};

/** To be pulled, with one layer of its own; so the first of a plan is the most urgent. */
export function missingImage(reference: string, size = 1000): PlannedImage {
  return plannedImage(reference, { layers: [{ digest: `layer of ${reference}`, size, present: false }] });
}

export function failure(code: Failure['code'], kind: Failure['kind']): Failure {
  return { code, kind, message: `${code}!`, hint: null };
}

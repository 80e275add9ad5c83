import { BoundImagesError } from '../model/error.js';
import type { RootPath } from '../model/path.js';
import type { PullPolicy } from '../model/plan.js';
import type { Platform } from '../model/platform.js';
import type { StoreName } from '../model/store-name.js';

/** Where images go. */
export interface StoreChoice {
  /** With `bootc`, what bootc pulls of a root belongs into its own store, and all else into podman's, as by default. */
  readonly store?: StoreName | undefined;
}

/** What is read. Paths are those of this host, but for `dir`. */
export interface RootInput extends StoreChoice {
  readonly root: string;
  /** The running system; `null` when no system is to be updated. */
  readonly currentRoot: string | null;
  /** Bound-images directories of the root, instead of the vendor's two. */
  readonly dir?: readonly RootPath[] | undefined;
}

/** Which store, and the podman to ask it with. */
export interface StoreInput extends StoreChoice {
  readonly storageRoot?: string | undefined;
  readonly storageRunroot?: string | undefined;
  readonly podman: string;
}

/** How much is proved of an image that is there: that all of it is, or also that its content is what it was. */
export interface ProofInput {
  readonly verify: 'structure' | 'deep';
}

/** How registries are asked. */
export interface AskingInput {
  /**
   * The time limit of the run, in milliseconds: no registry gets more than a quarter of it. The signal of an operation
   * is what ends it, and is made with it.
   */
  readonly timeout?: number | undefined;
}

/** What a plan is made with. */
export interface PlanningInput extends StoreInput, ProofInput, AskingInput {
  /** How many images are pulled at the same time. */
  readonly concurrency: number;
  readonly pullPolicy: PullPolicy;
  /** What must stay free on the disk, in bytes; with 0, nothing is estimated. */
  readonly minFree: number;
  /** No registry is asked: layers and sizes stay unknown. */
  readonly offline?: boolean | undefined;
}

/** How images are pulled. */
export interface PullingInput extends PlanningInput {
  /** How many more attempts after a failed one. */
  readonly retries: number;
  /** How long a pull may stand still before it is stopped and tried again, in milliseconds. */
  readonly stallTimeout: number;
  /** How many layers of an image at the same time; podman's own number by default. */
  readonly layerConcurrency?: number | undefined;
  /** Lets other work on this machine go first. */
  readonly nice: boolean;
  /** For all bytes of the run together, in bytes per second; without a limit by default. */
  readonly limitRate?: number | undefined;
  /** podman fetches by itself what comes from registries. */
  readonly direct: boolean;
  /** How many days what came of a blob is kept after a run that could not finish; with 0, no longer than the run. */
  readonly keepParts: number;
}

/** What is remembered, and how others that work on the same store are met. */
export interface StateInput {
  /** For receipts, instead of /var/lib/bound-images. */
  readonly stateDir?: string | undefined;
  /** How long to wait for another bound-images, in milliseconds; not at all by default. */
  readonly wait?: number | undefined;
  /** What those are told; the command line of this process by default. */
  readonly command?: string | undefined;
}

/** What `check` asks registries. */
export interface OnlineInput extends AskingInput {
  /** Of the hosts; what the root says by itself by default. */
  readonly platform?: readonly Platform[] | undefined;
}

/** The least that each number of an input may be; all are whole. */
const least = {
  concurrency: 1,
  keepFor: 0,
  keepParts: 0,
  layerConcurrency: 1,
  limitRate: 1024,
  maxBytes: 0,
  minFree: 0,
  retries: 0,
  stallTimeout: 1,
  timeout: 1,
  wait: 1,
} as const;

/** setTimeout knows nothing longer than 24.8 days. */
const longestMs = 2 ** 31 - 1;
const times: ReadonlySet<string> = new Set(['stallTimeout', 'timeout', 'wait']);

/** @throws BoundImagesError `usage` for a number with which a run would not end, or not begin. */
export function checkNumbers(input: object): void {
  for (const [name, minimum] of Object.entries(least)) {
    const value: unknown = input[name as keyof typeof input];
    if (value === undefined) continue;
    const most = times.has(name) ? longestMs : Number.MAX_SAFE_INTEGER;
    const isWhole = typeof value === 'number' && Number.isSafeInteger(value);
    if (isWhole && value >= minimum && value <= most) continue;
    const range = times.has(name) ? `from ${minimum} to ${most}` : `${minimum} or more`;
    throw new BoundImagesError('usage', `${name} is ${String(value)}, and must be a whole number, ${range}`);
  }
}

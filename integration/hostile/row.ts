import type { BoundHost } from '../support/bound-host.js';
import type { Tree } from '../support/host.js';
import type { Store } from '../support/store.js';
import type { Cleanup } from '../support/temp.js';
import type { PodmanVersion } from '../support/unpacked-podman.js';
import type { Canaries } from './support/canaries.js';
import type { ImageToMake, MadeImage, MemoryRegistry } from './support/memory-registry.js';

/** One way to be hostile, what must not happen, and what must be said. */
export interface Row {
  /** SECURITY.md quotes names: keep them. */
  readonly name: string;
  /** What the code did before this suite was there, where it did not stand the attack. */
  readonly fault?: string;
  /**
   * The one podman with which it is tried: the oldest where no podman need take part; in the short form the newest where
   * only newer ones know what it is about.
   */
  readonly only?: 'oldest' | 'newest';
  /**
   * In the short form a row meets one podman of these, chosen by a seed. Of rows that differ little from one another,
   * `some` are tried.
   */
  readonly short?: 'some';
  /** Gives the row a store of its own, because the attack breaks it. */
  readonly ownStore?: boolean;
  readonly attack: (lab: Lab) => Attack | Promise<Attack>;
}

export interface Attack {
  readonly newRoot?: Tree;
  readonly currentRoot?: Tree;
  /** What no output, no file of the state and no command line may hold. */
  readonly secrets?: readonly RegExp[];
  /** Of the program. */
  readonly env?: Readonly<Record<string, string>>;
  /** After the roots are there and before anything runs. */
  readonly prepare?: (host: BoundHost) => Promise<void>;
  /** In this order; each is a whole run of the program. */
  readonly runs: readonly Run[];
  /** What else must hold afterwards. */
  readonly afterwards?: (host: BoundHost, results: readonly RunResult[]) => Promise<void>;
}

export interface RunResult {
  readonly command: string;
  readonly exitCode: number | undefined;
  readonly output: string;
}

export interface Run {
  readonly command: Parameters<BoundHost['start']>[0];
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** The exit statuses that are right. */
  readonly status: readonly number[];
  /** What its output must match, every one. */
  readonly says?: readonly RegExp[];
  /** It may also refuse, with status 3; then this must be said instead, and nothing need be stored. */
  readonly mayRefuse?: readonly RegExp[];
  /** What its output must not match. */
  readonly never?: readonly RegExp[];
  /** References that are in the store afterwards. */
  readonly stores?: readonly string[];
  /** References that are not. */
  readonly lacks?: readonly string[];
  /** What is most that it may take. */
  readonly bounds?: Bounds;
  /** Words that no podman was given, as a whole or before a `=`. */
  readonly withheld?: readonly string[];
}

export interface Bounds {
  /** Resident set of the program itself at its highest. */
  readonly peakMegabytes?: number;
  /** Requests at the row's registry. */
  readonly requests?: number;
  /** What the row's registry sends; a client that turns away may leave some of it in buffers. */
  readonly sentMegabytes?: number;
}

/** What an attack may use. */
export interface Lab {
  readonly version: PodmanVersion;
  readonly canaries: Canaries;
  readonly registry: MemoryRegistry;
  /** A name of an image that is there and whose ID and names must stay. */
  readonly canaryImage: string;
  readonly store: Store;
  /** A directory of this row alone. */
  readonly scratch: string;
  readonly cleanup: Cleanup;
  /** Puts an image that nobody has pulled yet into the registry and returns its reference. */
  readonly image: (made?: ImageToMake) => LabImage;
}

export interface LabImage extends MadeImage {
  readonly repository: string;
  /** `HOST/REPOSITORY:1` */
  readonly tagged: string;
  /** `HOST/REPOSITORY@DIGEST` */
  readonly pinned: string;
}

/** A `check` and then a `pull`, both refusing and naming each of the words. */
export function refuses(...says: readonly RegExp[]): readonly Run[] {
  return [
    { command: 'check', status: [3], says },
    { command: 'pull', status: [3], says },
  ];
}

/** A `pull` that brings these images. */
export function brings(...stores: readonly string[]): Run {
  return { command: 'pull', status: [0], stores };
}

/** A `pull` that may refuse or succeed, and must only be harmless; what can be pulled is. */
export const harmless: Run = { command: 'pull', args: ['--keep-going'], status: [0, 1, 3] };

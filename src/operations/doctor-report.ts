import type { ErrorCode } from '../model/error.js';
import type { FindHost } from '../model/ports.js';
import type { Reason } from '../model/reason.js';
import type { StoreWorker } from '../state/store-worker.js';
import type { StoreInfo } from '../tools/podman/store-info.js';
import type { UnitState } from '../tools/systemd/systemd.js';

/** What a line is about, in their order. */
export const doctorTopics = [
  'tools',
  'store',
  'disk',
  'deployments',
  'units',
  'updaters',
  'clock',
  'network',
] as const;

/** One thing that was looked at. */
export interface DoctorLine {
  readonly topic: (typeof doctorTopics)[number];
  /** `unknown`: it could not be seen. Only an `error` keeps a host from being ready. */
  readonly state: 'ok' | 'warning' | 'error' | 'unknown';
  readonly message: string;
  /** What to do; null where nothing is. */
  readonly hint: string | null;
  /** Of the hint, where whoever shows it may say more. */
  readonly reason: Reason | null;
  /** Of an error: why the commands would end. */
  readonly code: ErrorCode | null;
}

export interface DoctorReport {
  readonly ready: boolean;
  readonly lines: readonly DoctorLine[];
}

export interface DoctorInput {
  /** What must stay free on the disk of the store, in bytes. */
  readonly minFree: number;
  readonly signal: AbortSignal;
}

/** What is looked at. Nothing of it changes anything. */
export interface DoctorPorts {
  readonly isRoot: boolean;
  readonly environment: NodeJS.ProcessEnv;
  /** The path of a program; podman’s is that of the settings. */
  readonly program: (name: string) => string | undefined;
  /** What a program says that its version is; undefined where it says none. */
  readonly version: (path: string, signal: AbortSignal) => Promise<string | undefined>;
  /** @throws BoundImagesError. */
  readonly store: (signal: AbortSignal) => Promise<Pick<StoreInfo, 'version' | 'driver' | 'graphRoot'>>;
  readonly worker: (graphRoot: string) => StoreWorker;
  /** bootc's own, and who works on it; undefined where nothing goes into it. @throws BoundImagesError. */
  readonly bootcStore?:
    | ((
        signal: AbortSignal,
      ) => Promise<Pick<StoreInfo, 'driver' | 'graphRoot'> & { readonly worker: StoreWorker }>)
    | undefined;
  /** Of the file system of a directory, which need not be there yet; null inodes where their number has no limit. */
  readonly space: (directory: string) => { readonly freeBytes: number; readonly freeInodes: number | null };
  readonly temporary: string;
  readonly stateDirectory: string;
  /** Whether files can be made there, or the directory itself. */
  readonly isWritable: (directory: string) => boolean;
  readonly findHost: FindHost;
  readonly units: (
    names: readonly string[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, UnitState> | undefined>;
  readonly isClockSynchronized: (signal: AbortSignal) => Promise<boolean | undefined>;
  /** Whether the authorities are known that registries prove themselves with. */
  readonly hasAuthorities: () => boolean;
  /** `unreadable`: there may be such a file. */
  readonly file: (path: string) => string | 'missing' | 'unreadable';
}

/** What a question came to. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly message: string;
      readonly hint: string | null;
      readonly reason: Reason | null;
      readonly code: ErrorCode | null;
    };

type Topic = DoctorLine['topic'];

/** What to do, alone or with its reason. */
type Advice = string | null | Pick<DoctorLine, 'hint' | 'reason'>;

function line(topic: Topic, state: DoctorLine['state'], message: string, advice: Advice): DoctorLine {
  const said = typeof advice === 'string' || advice === null ? { hint: advice, reason: null } : advice;
  return { topic, state, message, hint: said.hint, reason: said.reason, code: null };
}

export function good(topic: Topic, message: string): DoctorLine {
  return line(topic, 'ok', message, null);
}

export function warn(topic: Topic, message: string, advice: Advice): DoctorLine {
  return line(topic, 'warning', message, advice);
}

export function bad(topic: Topic, message: string, advice: Advice, code: ErrorCode): DoctorLine {
  return { ...line(topic, 'error', message, advice), code };
}

export function unseen(topic: Topic, message: string, advice: Advice): DoctorLine {
  return line(topic, 'unknown', message, advice);
}

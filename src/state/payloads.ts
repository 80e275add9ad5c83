import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Failure } from '../model/failure.js';
import { type Payload, payloadName } from '../model/payload.js';
import { errnoCode, errnoReason } from '../text/errno.js';
import { printable } from '../text/printable.js';
import { mismatch, type Shape } from '../text/shape.js';
import { makeDirectory, syncDirectory } from '../tools/files/directories.js';
import { fileName } from './file-name.js';
import { payloadFiles } from './payload-files.js';
import {
  differenceOf,
  type PayloadRecord,
  payloadRecordShape,
  type StoredPayload,
} from './payload-record.js';
import { stateError } from './state-error.js';
import { type Damage, type ReadState, type StateFile, stateFile } from './state-file.js';

/** A payload that a deployment is to have. */
export interface WantedPayload {
  /** Of the image or artifact that it is in. */
  readonly reference: string;
  /** What the store has of that, `algorithm:hex`; null where nobody knows, and nothing is compared with it. */
  readonly digest: string | null;
  readonly payload: Payload;
}

/** Whether a payload lies in its place, whole and unchanged. */
export interface PayloadPresence {
  readonly reference: string;
  readonly payload: Payload;
  readonly isPresent: boolean;
  /** Of all of its files, in bytes; null where it is not there. */
  readonly bytes: number | null;
  /** Why it is not there, a clause about it; null where it is. */
  readonly problem: string | null;
}

/** How it went with one payload. */
export interface PayloadOutcome {
  readonly reference: string;
  readonly payload: Payload;
  readonly state: 'present' | 'taken' | 'failed';
  readonly bytes: number | null;
  readonly error: Failure | null;
}

/** How payloads come from images into files. Each returns why that does not work. */
export interface PayloadTaking {
  /** Why there is no room for all of what is to be taken. @param directory of the deployment */
  readonly room: (wanted: readonly WantedPayload[], directory: string) => Promise<Failure | undefined>;
  /** Puts a payload at a path, whose directory is there and where nothing is; on the disk, or not at all. */
  readonly take: (wanted: WantedPayload, to: string) => Promise<Failure | undefined>;
  /** Why some of what is there is not for the deployment, by `as`. @param directory of the deployment */
  readonly judge: (payloads: readonly Payload[], directory: string) => ReadonlyMap<string, Failure>;
}

/** A directory of payloads. */
export interface StoredDeployment {
  readonly deployment: string;
  readonly directory: string;
  /** Of all files, as they were taken. */
  readonly bytes: number;
}

/** `content`: every byte is read; `structure`: only names, sizes and modes. */
export type PayloadProof = 'content' | 'structure';

/** The payloads of the deployments of a host: a directory for each, and a record beside it. */
export interface PayloadStore {
  /** Whether they are there. Changes nothing. @throws the reason of the signal. */
  look(
    deployment: string,
    wanted: readonly WantedPayload[],
    proof: PayloadProof,
    signal: AbortSignal,
  ): Promise<readonly PayloadPresence[]>;
  /**
   * Takes what is not there, and removes what is not wanted. What is there and unchanged is not taken again. What an
   * image that is not there lacks is left out. Once stopped it takes no more.
   *
   * @throws BoundImagesError `state`; the reason of the signal.
   */
  complete(
    deployment: string,
    wanted: readonly WantedPayload[],
    taking: PayloadTaking,
    signal: AbortSignal,
  ): Promise<readonly PayloadOutcome[]>;
  /** What is recorded of a deployment, and where its files are. */
  read(deployment: string): { readonly directory: string; readonly record: ReadState<PayloadRecord> };
  /** Every deployment that has any, and what is there besides, which is nobody’s to remove. */
  all(): { readonly deployments: readonly StoredDeployment[]; readonly damaged: readonly Damage[] };
  /** @throws BoundImagesError `state`. */
  remove(deployment: string): void;
}

/** Of a record: readText reads no more than 16 MiB. */
const mostFiles = 30_000;

export function payloadStore(stateDirectory: string): PayloadStore {
  const top = join(stateDirectory, 'payloads');
  const directoryOf = (deployment: string) => join(top, fileName(deployment));
  const recordOf = (deployment: string) => recordFile(top, fileName(deployment));

  async function find(
    deployment: string,
    wanted: readonly WantedPayload[],
    proof: PayloadProof,
    signal: AbortSignal,
  ): Promise<readonly (PayloadPresence & { readonly stored: StoredPayload | undefined })[]> {
    const record = wanted.length === 0 ? ({ kind: 'none' } as const) : recordOf(deployment).read();
    const stored = new Map(
      record.kind === 'read' ? record.value.payloads.map((each) => [each.as, each]) : [],
    );
    const found = [];
    for (const each of wanted) {
      const { reference, payload } = each;
      const known = stored.get(payload.as);
      const problem =
        known === undefined
          ? record.kind === 'damaged'
            ? `cannot be proved: ${record.damage.message}`
            : 'was not taken'
          : (unlike(known, each) ?? (await changed(deployment, known, proof, signal)));
      found.push({
        ...{ reference, payload, isPresent: problem === null, problem },
        bytes: known === undefined || problem !== null ? null : bytesOf(known),
        stored: problem === null ? known : undefined,
      });
    }
    return found;
  }

  async function changed(
    deployment: string,
    { as, files }: StoredPayload,
    proof: PayloadProof,
    signal: AbortSignal,
  ): Promise<string | null> {
    const found = await filesOf(deployment, as, proof === 'content', signal);
    if (typeof found === 'string') return found;
    const difference = differenceOf(files, found);
    return difference === null ? null : `is not what was taken: ${printable(difference)}`;
  }

  function filesOf(deployment: string, as: string, reads: boolean, signal: AbortSignal) {
    return payloadFiles(top, `${fileName(deployment)}/${as}`, reads, signal);
  }

  /** @throws BoundImagesError `state` */
  function write(deployment: string, payloads: readonly StoredPayload[]): void {
    const file = recordOf(deployment);
    const before = file.read();
    const record: PayloadRecord = { schemaVersion: 1, deployment, payloads };
    if (before.kind === 'read' && isDeepStrictEqual(before.value, record)) return;
    file.write(record);
  }

  /** The record goes last: without it, nobody knows whose the files are. @throws BoundImagesError `state` */
  function remove(deployment: string): void {
    const directory = directoryOf(deployment);
    changing(directory, () => {
      if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) return;
      rmSync(directory, { recursive: true, force: true });
      syncDirectory(top);
    });
    recordOf(deployment).remove();
  }

  return {
    look: async (...asked) => (await find(...asked)).map(({ stored: _, ...presence }) => presence),
    complete: async (deployment, wanted, { room, take, judge }, signal) => {
      const directory = directoryOf(deployment);
      if (wanted.length === 0) {
        remove(deployment);
        return [];
      }
      const found = await find(deployment, wanted, 'content', signal);
      const stored = found.flatMap((each) => each.stored ?? []);
      // From now on nothing is said of what is removed or comes in its place.
      write(deployment, stored);
      changing(directory, () => {
        makeDirectory(directory);
        removeOthers(directory, new Set(stored.map(({ as }) => as)));
      });
      const missing = wanted.filter(({ digest }, index) => digest !== null && !found[index]?.isPresent);
      const shortage = missing.length === 0 ? undefined : await room(missing, directory);
      const outcomes: PayloadOutcome[] = [];
      for (const [index, each] of wanted.entries()) {
        const { reference, digest, payload } = each;
        const there = found[index];
        const bytes = there?.bytes ?? null;
        if (there?.isPresent) outcomes.push({ reference, payload, state: 'present', bytes, error: null });
        if (there?.isPresent || digest === null) continue;
        signal.throwIfAborted();
        const to = join(directory, payload.as);
        if (shortage === undefined) changing(to, () => makeDirectory(dirname(to)));
        const error = shortage ?? (await take(each, to)) ?? (await recorded(each, digest));
        const last = stored.at(-1);
        outcomes.push(
          error === undefined && last !== undefined
            ? { reference, payload, state: 'taken', bytes: bytesOf(last), error: null }
            : { reference, payload, state: 'failed', bytes: null, error: error ?? null },
        );
      }
      const refused = judge(
        outcomes.filter(({ error }) => error === null).map(({ payload }) => payload),
        directory,
      );
      const fitting = stored.filter(({ as }) => !refused.has(as));
      write(deployment, fitting);
      if (refused.size > 0)
        changing(directory, () => removeOthers(directory, new Set(fitting.map(({ as }) => as))));
      return outcomes.map((outcome) => {
        const error = refused.get(outcome.payload.as);
        return error === undefined ? outcome : { ...outcome, state: 'failed', bytes: null, error };
      });

      async function recorded(
        { reference, payload: { source, as, mode } }: WantedPayload,
        digest: string,
      ): Promise<Failure | undefined> {
        const files = await filesOf(deployment, as, true, signal);
        const wrong = (code: Failure['code'], message: string): Failure => {
          changing(directory, () => removeOthers(directory, new Set(stored.map((each) => each.as))));
          return { code, kind: 'permanent', message, hint: null };
        };
        if (typeof files === 'string') return wrong('unknown', `what was written of it ${files}`);
        const count = stored.reduce((sum, each) => sum + each.files.length, files.length);
        if (count > mostFiles)
          return wrong('oversized', `the payloads have more than ${mostFiles} files, links and directories`);
        stored.push({ reference, digest, source, as, mode: mode ?? null, files });
        return undefined;
      }
    },
    read: (deployment) => ({
      directory: directoryOf(deployment),
      record: recordOf(deployment).read(),
    }),
    all: () => {
      const names = listNames(top);
      if (!Array.isArray(names)) return { deployments: [], damaged: [names] };
      const records = names
        .filter((name) => name.endsWith('.json'))
        .map((name) => [name.slice(0, -'.json'.length), recordFile(top, name.slice(0, -5)).read()] as const);
      const known = new Set(records.flatMap(([name, { kind }]) => (kind === 'read' ? [name] : [])));
      const strange = names.filter((name) => !known.has(name.replace(/\.json$/, '')) && !isAside(name));
      return {
        deployments: records.flatMap(([, record]) => {
          if (record.kind !== 'read') return [];
          const { deployment, payloads } = record.value;
          const bytes = payloads.reduce((sum, each) => sum + bytesOf(each), 0);
          return { deployment, directory: directoryOf(deployment), bytes };
        }),
        damaged: [
          ...records.flatMap(([, record]) => (record.kind === 'damaged' ? [record.damage] : [])),
          ...strange.filter((name) => !name.endsWith('.json')).map((name) => notOurs(join(top, name))),
        ],
      };
    },
    remove,
  };
}

/** Why a payload that was taken is not the one that is wanted now, a clause. */
function unlike(stored: StoredPayload, { reference, digest, payload }: WantedPayload): string | null {
  if (stored.reference !== reference || !isDeepStrictEqual(stored.source, payload.source))
    return `is the ${printable(payloadName(stored.source))} of ${printable(stored.reference)}`;
  if (digest !== null && stored.digest !== digest)
    return `was taken out of ${stored.digest}, and the image is ${digest}`;
  if (stored.mode !== (payload.mode ?? null)) return 'was taken with another mode than is wanted';
  if (bytesOf(stored) > payload.maxBytes) return 'is larger than is wanted';
  const [file] = stored.files;
  return payload.digest === undefined || file?.digest === payload.digest
    ? null
    : `is not the file that is wanted: ${payload.digest} is wanted`;
}

function bytesOf({ files }: StoredPayload): number {
  return files.reduce((sum, { type, size }) => sum + (type === 'file' ? size : 0), 0);
}

/**
 * Removes what is in a directory and no payload: what is not wanted any more, and what a run that was killed has left.
 *
 * @param kept names below the directory, none inside of another
 */
function removeOthers(directory: string, kept: ReadonlySet<string>): void {
  const onTheWay = new Set<string>();
  for (const as of kept) for (let at = dirname(as); at !== '.'; at = dirname(at)) onTheWay.add(at);
  const visit = (path: string) => {
    for (const entry of readdirSync(join(directory, path), { withFileTypes: true })) {
      const name = join(path, entry.name);
      if (kept.has(name)) continue;
      if (onTheWay.has(name) && entry.isDirectory()) visit(name);
      else rmSync(join(directory, name), { recursive: true, force: true });
    }
    syncDirectory(join(directory, path));
  };
  visit('');
}

function recordFile(top: string, name: string): StateFile<PayloadRecord> {
  const shape: Shape<PayloadRecord> = (value, at) => {
    const record = payloadRecordShape(value, at);
    return fileName(record.deployment) === name
      ? record
      : mismatch(at, 'is the record of another deployment');
  };
  return stateFile(join(top, `${name}.json`), 1, shape);
}

/** What was damaged, and is kept. */
function isAside(name: string): boolean {
  return /\.json\.damaged-\d+$/.test(name) || name.startsWith('.');
}

function notOurs(path: string): Damage {
  return {
    file: path,
    message: `${printable(path)} belongs to no deployment that is known`,
    hint: 'see what it is, and remove it if nobody needs it',
  };
}

function listNames(directory: string): string[] | Damage {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return [];
    return {
      file: directory,
      message: `${printable(directory)} cannot be read: ${errnoReason(error)}`,
      hint: 'make it a directory that this user may read',
    };
  }
}

/** @throws BoundImagesError `state` for what a system call says. */
function changing(path: string, change: () => void): void {
  try {
    change();
  } catch (error) {
    throw errnoCode(error) === undefined ? error : stateError(path, 'cannot be changed', error);
  }
}

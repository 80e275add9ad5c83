import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { describeExtension, extensionRefusal, unfitHint } from '../check/payloads/extension-release.js';
import { BoundImagesError } from '../model/error.js';
import type { Observe } from '../model/events.js';
import { type Extension, extensionOf, extensionReleasePath, mostReleaseBytes } from '../model/extension.js';
import type { Failure } from '../model/failure.js';
import type { PullOutcome } from '../model/outcome.js';
import { type HostPath, rootPath } from '../model/path.js';
import type { Payload } from '../model/payload.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { PayloadProblem } from '../payloads/problem.js';
import { blockBytes, type RoomNeeded } from '../payloads/room.js';
import { stopped } from '../pull/stopped.js';
import { diskTree } from '../root/disk-tree.js';
import type { Roots } from '../root/open-roots.js';
import { rootView } from '../root/root-view.js';
import { readOsRelease } from '../scan/os-release.js';
import type { PayloadOutcome, PayloadStore, WantedPayload } from '../state/payloads.js';
import { printable } from '../text/printable.js';
import { ownDeploymentAt } from '../tools/ostree/deployment-of.js';
import { hostPlatform } from '../tools/registry/host-platform.js';
import type { Target } from './target.js';
import { noteOf } from './telling.js';

/** An image or artifact of the store, opened for its payloads. */
export interface OpenedPayloads {
  /** What one will take of the disk. @throws PayloadProblem, BoundImagesError. */
  room(payload: Payload): Promise<RoomNeeded>;
  /** Puts one at a path where nothing is, on the disk, or leaves nothing. @throws PayloadProblem, BoundImagesError. */
  take(payload: Payload, to: string): Promise<void>;
  close(): void;
}

export interface PayloadPorts {
  readonly payloads: Pick<PayloadStore, 'complete'>;
  /** Of an image that was proved to be in the store. @throws BoundImagesError `store`, `store-busy`, `tool-missing`. */
  readonly openPayloads: (outcome: PullOutcome, signal: AbortSignal) => Promise<OpenedPayloads>;
  /** Why a file system has too little room for that. @param directory that may not be there yet */
  readonly payloadShortage: (needed: RoomNeeded, directory: string) => Failure | undefined;
  readonly observe: Observe;
}

/** Whose payloads those of a target are; `undefined` for a root that is no deployment of this host, which has none. */
export function payloadDeployment({
  id,
  root,
  own,
}: Pick<Target, 'id' | 'root' | 'own'>): string | undefined {
  return own === undefined ? ownDeploymentAt(root) : id;
}

/** Whether any of them carries what the next boot needs as files. */
export function carriesPayloads(images: readonly ResolvedImage[]): boolean {
  return images.some(({ image: { payloads = [] } }) => payloads.length > 0);
}

/**
 * Takes what images carry for a deployment, once they are there, and proves that each extension is for its OS. Of an
 * image that is not there nothing is said.
 *
 * @param deployment its ID; `undefined` where the root is none, and nothing is taken
 * @throws BoundImagesError `state`
 */
export async function completePayloads(
  deployment: string | undefined,
  { newRoot }: Pick<Roots, 'newRoot'>,
  outcomes: readonly PullOutcome[],
  { payloads, openPayloads, payloadShortage, observe }: PayloadPorts,
  signal: AbortSignal,
): Promise<readonly PayloadOutcome[]> {
  const wanted = outcomes.flatMap((outcome) =>
    payloadsOf(outcome).map((each): WantedPayload & { readonly outcome: PullOutcome } => ({
      ...each,
      digest: outcome.error === null ? (outcome.digest ?? outcome.id) : null,
      outcome,
    })),
  );
  if (deployment === undefined) {
    if (wanted.length > 0)
      noteOf(observe, 'info')('its payloads are not taken: the root is no deployment of this host');
    return [];
  }
  const owners = new Map(wanted.map(({ payload, outcome }) => [payload, outcome]));
  // All stay open until the end: they are looked into for their sizes first.
  const opened = new Map<PullOutcome, OpenedPayloads>();
  const open = async (payload: Payload): Promise<OpenedPayloads> => {
    const outcome = owners.get(payload);
    if (outcome === undefined) throw new Error('a payload of no image is taken');
    const image = opened.get(outcome) ?? (await openPayloads(outcome, signal));
    opened.set(outcome, image);
    return image;
  };
  const room = async (missing: readonly WantedPayload[], directory: string): Promise<Failure | undefined> => {
    let bytes = 0;
    let inodes = 0;
    for (const { payload } of missing) {
      try {
        const needed = await (await open(payload)).room(payload);
        // What is larger than it may be is read up to there, and not taken.
        bytes += Math.min(needed.bytes, payload.maxBytes + needed.inodes * blockBytes);
        inodes += needed.inodes;
      } catch (error) {
        // It is said when it is taken.
        failureOf(error, signal);
      }
    }
    return payloadShortage({ bytes, inodes }, directory);
  };
  const take = async ({ payload }: WantedPayload, to: string): Promise<Failure | undefined> => {
    try {
      await (await open(payload)).take(payload, to);
      return undefined;
    } catch (error) {
      return failureOf(error, signal);
    }
  };
  const judge = (taken: readonly Payload[], directory: string) => unfitExtensions(taken, directory, newRoot);
  /** Of all that is to be there. */
  const stop = (): readonly PayloadOutcome[] =>
    wanted.flatMap(({ reference, payload, digest }) =>
      digest === null ? [] : { reference, payload, state: 'failed', bytes: null, error: stopped(signal) },
    );
  try {
    return await payloads.complete(
      deployment,
      wanted.map(({ reference, digest, payload }) => ({ reference, digest, payload })),
      { room, take, judge },
      signal,
    );
  } catch (error) {
    if (signal.aborted) return stop();
    throw error;
  } finally {
    for (const image of opened.values()) image.close();
  }
}

function payloadsOf({ planned }: PullOutcome): readonly Pick<WantedPayload, 'reference' | 'payload'>[] {
  const { reference, payloads = [] } = planned.resolved.image;
  return payloads.map((payload) => ({ reference: reference.text, payload }));
}

/** @throws what is none, and what concerns every payload. */
function failureOf(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) return stopped(signal);
  if (error instanceof PayloadProblem) {
    const { reason, ...failure } = error.failure;
    return reason?.kind === 'payload-size'
      ? { ...failure, hint: 'raise max-size of the payload, if it may be as large' }
      : { ...failure, ...(reason === undefined ? {} : { reason }) };
  }
  if (!(error instanceof BoundImagesError) || error.code === 'state') throw error;
  const { code, message, hint } = error;
  const isBusy = code === 'store-busy' || code === 'busy';
  return { code: isBusy ? 'store-busy' : 'unknown', kind: isBusy ? 'transient' : 'local', message, hint };
}

/**
 * Why systemd would not merge extensions that are directories, by the payloads that they are made of. Of an extension
 * that is an image nothing is said: it would have to be mounted.
 */
function unfitExtensions(
  payloads: readonly Payload[],
  directory: string,
  newRoot: Roots['newRoot'],
): ReadonlyMap<string, Failure> {
  const reasons = new Map<string, Failure>();
  for (const { as } of payloads) {
    const extension = extensionOf(as);
    const at = join(directory, ...as.split('/').slice(0, 2));
    if (extension === undefined || !lstatSync(at, { throwIfNoEntry: false })?.isDirectory()) continue;
    const problem = extensionProblem(extension, at, newRoot);
    if (problem === null) continue;
    reasons.set(as, {
      code: 'extension-unfit',
      kind: 'permanent',
      message: `the ${describeExtension(extension)} ${problem}`,
      hint: unfitHint(extension.kind),
    });
  }
  return reasons;
}

function extensionProblem(extension: Extension, at: string, newRoot: Roots['newRoot']): string | null {
  const path = extensionReleasePath(extension);
  const release = rootView(diskTree(at as HostPath), 'new').readFile(rootPath(path), {
    limitBytes: mostReleaseBytes,
  });
  if (!release.ok) return `has no ${printable(path)} that can be read, and would not be merged`;
  const { architecture } = hostPlatform();
  return extensionRefusal(extension.kind, release.bytes.toString(), readOsRelease(newRoot), architecture);
}

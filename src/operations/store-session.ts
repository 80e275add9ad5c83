import { BoundImagesError, errorText } from '../model/error.js';
import type { Observe } from '../model/events.js';
import type { PullOutcome } from '../model/outcome.js';
import { canonicalName } from '../model/reference/reference.js';
import { type Lease, type Leases, storeLeases } from '../state/leases.js';
import { type PulledImages, pulledImages } from '../state/pulled-images.js';
import { type LockHolder, lockStore } from '../state/store-lock.js';
import { imageStamp } from '../tools/podman/image-stamp.js';
import type { Podman } from '../tools/podman/podman.js';
import type { StateInput } from './inputs.js';
import type { Pulled } from './pulling.js';
import type { Bound } from './read-root.js';
import { noteOf } from './telling.js';

/** What this process may do while no other one works on the same store. */
export interface StoreSession {
  /** Remembers what was pulled, so that `prune` knows what is ours. */
  record(outcomes: readonly PullOutcome[], idsBefore: ReadonlySet<string> | null): void;
  /** What was recorded so far. */
  pulled(): ReturnType<PulledImages['read']>;
  /** Forgets images that were removed, by every name that they were pulled by. @throws BoundImagesError `state`. */
  forget(removed: readonly { readonly id: string; readonly pulledAs: readonly string[] }[]): void;
  /** Keeps images for an OS image that no deployment has yet. @throws BoundImagesError `state`. */
  lease(lease: Lease): void;
  /** Those that are not over. */
  leases(): ReturnType<Leases['read']>;
  /** @throws BoundImagesError `state`. */
  forgetOldLeases(): void;
  /** Ends it; to be called more than once is fine. */
  release(): void;
}

/** @throws BoundImagesError `busy` while another process works on the store, `state`, `store`. */
export async function openSession(
  input: StateInput,
  podman: Podman,
  signal: AbortSignal,
  observe: Observe,
): Promise<StoreSession> {
  const warn = noteOf(observe, 'warning');
  const [graphRoot, home] = [await podman.graphRoot(signal), await podman.home(signal)];
  const lock = await lockStore(home, {
    signal,
    limitMs: input.wait ?? 0,
    command: input.command,
    onWait: (holder) => warn(`waiting for ${describe(holder)}`),
  });
  if (lock.kind === 'held') {
    signal.throwIfAborted();
    throw new BoundImagesError('busy', `${describe(lock.holder)} is at work on this store`, {
      hint: 'try again when it has ended, or wait for it',
      reason: { kind: 'other-at-work' },
    });
  }
  const record = pulledImages(home, (id) => imageStamp(graphRoot, id));
  const { images: ours } = record.read();
  const leases = storeLeases(home);
  return {
    record: (outcomes, idsBefore) => {
      if (idsBefore === null) return;
      const at = new Date().toISOString();
      const pulled = outcomes.flatMap(({ planned, state, digest, id }) => {
        const { kind, reference, shortNames } = planned.resolved.image;
        // Of other kinds nobody knows the name in the store.
        if (kind !== 'image' || reference.transport !== 'docker') return [];
        if (state !== 'pulled' || digest === null || id === null) return [];
        const names = reference.registry === null ? shortNames?.pulled : [canonicalName(reference)];
        const [name, ...others] = names ?? [];
        return name === undefined || others.length > 0 ? [] : [{ name, digest, id, at }];
      });
      try {
        if (pulled.length > 0) record.add(pulled, { ours, ids: idsBefore });
      } catch (error) {
        // The images are there all the same.
        warn(
          `warning: prune will leave what was pulled alone, for it cannot be recorded: ${errorText(error)}`,
        );
      }
    },
    pulled: () => record.read(),
    forget: (removed) =>
      record.remove(removed.flatMap(({ id, pulledAs }) => pulledAs.map((name) => ({ id, name })))),
    lease: leases.put,
    leases: leases.read,
    forgetOldLeases: leases.removeOld,
    release: lock.release,
  };
}

function describe(holder: LockHolder | null): string {
  if (holder === null) return 'another bound-images';
  return `another bound-images (process ${holder.pid}, “${holder.command}”, since ${holder.since})`;
}

/** A store on which no other process works until it is released. */
export interface StagingStore extends Pick<StoreSession, 'record' | 'release'> {
  /** Pulls what is missing, and proves that all is there. @throws BoundImagesError for what concerns every image. */
  complete(bound: Bound, signal: AbortSignal): Promise<Pulled>;
}

import type { Failure } from '../model/failure.js';
import { removeLeftovers } from '../pull/work-directory.js';
import { requireOs } from '../scan/os-release.js';
import type { Lease } from '../state/leases.js';
import { forReaders } from './for-readers.js';
import { type OsImage, type OsImageInput, type OsImagePorts, readOsImage } from './os-image.js';
import { type PullPorts, type PullResult, pullRoot } from './pull.js';
import type { StagingStore, StoreSession } from './store-session.js';

export interface PrefetchInput extends OsImageInput {
  /** Pulls the images without an error even if others have one. */
  readonly keepGoing: boolean;
  /** For how many days `prune` keeps what no deployment binds yet. */
  readonly keepFor: number;
}

/** A store whose images can be kept for an OS image. */
export type LeasingStore = StagingStore & Pick<StoreSession, 'lease'>;

export interface PrefetchPorts extends OsImagePorts, PullPorts<LeasingStore> {}

export type PrefetchResult =
  | {
      readonly kind: 'pulled';
      readonly osImage: OsImage;
      readonly pulled: PullResult;
      readonly lease: Lease | null;
    }
  /** What the OS image binds could not be learned. */
  | { readonly kind: 'failed'; readonly osImage: Pick<OsImage, 'reference'>; readonly failure: Failure };

/**
 * Pulls what a coming OS image binds, before there is a deployment of it. Nothing is held or released; `prune` keeps the
 * images for some days, also those of a run that could not finish.
 *
 * @throws BoundImagesError as `pull`; the reason of the signal.
 */
export async function prefetch(input: PrefetchInput, ports: PrefetchPorts): Promise<PrefetchResult> {
  const { keepFor, keepGoing, signal } = input;
  removeLeftovers();
  const found = await readOsImage(input, ports);
  if (found.kind === 'failed')
    return { kind: 'failed', osImage: { reference: found.reference }, failure: found.failure };
  const { osImage, read, close } = found;
  try {
    const { newRoot } = read.roots;
    // A label speaks for an image that was looked at when it was built.
    const withoutOs = osImage.readFrom === 'label' ? [] : requireOs(read.roots);
    const diagnostics = forReaders([...withoutOs, ...read.diagnostics], newRoot);
    const leases: Lease[] = [];
    const pulled = await pullRoot(
      { ...read, diagnostics },
      { keepGoing, signal },
      ports,
      (store, outcomes) => {
        const ids = outcomes.flatMap(({ id, error }) => (id === null || error !== null ? [] : id));
        if (ids.length === 0) return;
        const until = new Date(ports.clock.now().getTime() + Math.min(keepFor, longestDays) * dayMs);
        const lease = { osImage: osImage.reference, until: until.toISOString(), ids };
        store.lease(lease);
        leases.push(lease);
      },
    );
    return { kind: 'pulled', osImage, pulled, lease: leases[0] ?? null };
  } finally {
    close();
  }
}

const dayMs = 24 * 60 * 60 * 1000;
/** A hundred years: no date can be as far away as numbers go. */
const longestDays = 36_500;

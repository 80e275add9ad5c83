import { hasErrors } from '../diagnostic/diagnostic.js';
import type { Deployment } from '../model/deployment.js';
import { BoundImagesError, errorText } from '../model/error.js';
import type { FindHost } from '../model/ports.js';
import type { Reason } from '../model/reason.js';
import type { Receipt } from '../model/receipt.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { StoreContent, StoreImages } from '../model/store.js';
import type { StoreName } from '../model/store-name.js';
import { type Presence, presenceOf } from '../plan/presence.js';
import type { KeptPart } from '../state/kept-parts.js';
import type { Leases, StoredLease } from '../state/leases.js';
import type { PayloadPresence, PayloadStore } from '../state/payloads.js';
import type { ReceiptStore } from '../state/receipts.js';
import type { Damage } from '../state/state-file.js';
import type { StoreWorker } from '../state/store-worker.js';
import { lookForPayloads, recordedImages } from './examine.js';
import type { RootInput } from './inputs.js';
import { byStore } from './into-stores.js';
import type { ReadRoot } from './read-root.js';
import { requireHost, rootsOf } from './target.js';

export interface StatusInput extends Pick<RootInput, 'currentRoot'> {
  readonly signal: AbortSignal;
}

export interface StatusPorts {
  readonly findHost: FindHost;
  readonly receipts: Pick<ReceiptStore, 'read' | 'all'>;
  readonly payloads: Pick<PayloadStore, 'look' | 'all'>;
  /** What a deployment binds. @throws BoundImagesError `usage` when its root cannot be read. */
  readonly read: (roots: Pick<RootInput, 'root' | 'currentRoot'>) => Pick<ReadRoot, 'images' | 'diagnostics'>;
  readonly stores: readonly StoreName[];
  /** Asked once for each store. @throws BoundImagesError `store`. */
  readonly images: (signal: AbortSignal, store: StoreName) => Promise<StoreImages>;
  /** Those among `bound` that podman's store has. @throws BoundImagesError `store`. */
  readonly artifacts: (
    bound: readonly ResolvedImage[],
    signal: AbortSignal,
  ) => Promise<StoreContent['artifacts']>;
  /** What was kept of layers for whichever store. @throws where a store is not known. */
  readonly parts: (signal: AbortSignal) => Promise<readonly KeptPart[]>;
  /** What was prefetched, of each store. @throws where a store is not known. */
  readonly leases: (signal: AbortSignal) => Promise<readonly ReturnType<Leases['all']>[]>;
  /** Who works on one of the stores. It locks nothing and makes nothing. @throws where the store is not known. */
  readonly findWorker: (signal: AbortSignal) => Promise<StoreWorker>;
}

export interface DeploymentStatus {
  readonly deployment: Deployment;
  /** Store by store. */
  readonly images: readonly Presence[];
  /** What they carry for it; not a byte of it was read. */
  readonly payloads: readonly PayloadPresence[];
  readonly receipt: Receipt | null;
  /** Why its images are not known, or not all of them. */
  readonly error: string | null;
  /** Of the error, where it has one. */
  readonly reason: Reason | null;
}

/** What was prefetched for an OS image, and until when `prune` keeps it. */
export interface LeaseStatus extends Pick<StoredLease, 'osImage' | 'until' | 'isOver'> {
  /** `names` is null for what the store does not have any more. */
  readonly images: readonly { readonly id: string; readonly names: readonly string[] | null }[];
}

export interface StatusReport {
  readonly kind: 'bootc' | 'rpm-ostree' | 'ostree';
  /** The one that boots next comes first. */
  readonly deployments: readonly DeploymentStatus[];
  readonly worker: StoreWorker;
  /** What came of layers when a pull could not finish, and from which the next one goes on. */
  readonly parts: readonly KeptPart[];
  /** Also those that are over and that nobody has forgotten yet. */
  readonly leases: readonly LeaseStatus[];
  readonly damaged: readonly Damage[];
}

/**
 * The deployments of this host, with their images and how the last run went. What cannot be told of one does not hide
 * the others.
 *
 * @throws BoundImagesError `unsupported-host`, `deployment`, `store`.
 */
export async function status(input: StatusInput, ports: StatusPorts): Promise<StatusReport> {
  const { signal } = input;
  const { kind, deployments: list } = await requireHost(ports.findHost, signal);
  const stored = new Map<StoreName, StoreImages>();
  for (const store of ports.stores) stored.set(store, await ports.images(signal, store));
  const deployments: DeploymentStatus[] = [];
  for (const deployment of await list(signal)) {
    deployments.push(await statusOf(deployment, stored, input, ports));
  }
  const damaged = [
    ...ports.receipts.all().flatMap((each) => (each.kind === 'damaged' ? [each.damage] : [])),
    ...ports.payloads.all().damaged,
  ];
  const worker = await ports.findWorker(signal).catch((error: unknown) => {
    signal.throwIfAborted();
    return { kind: 'unknown', reason: errorText(error) } as const;
  });
  const parts = await ports.parts(signal).catch(() => {
    signal.throwIfAborted();
    return [];
  });
  const leases = await ports.leases(signal).catch(() => {
    signal.throwIfAborted();
    return [];
  });
  return {
    kind,
    deployments,
    worker,
    parts,
    leases: withoutTwins(leases.flatMap((each) => each.leases)).map((lease) => leaseStatus(lease, stored)),
    damaged: [...damaged, ...leases.flatMap(({ damage }) => damage ?? [])],
  };
}

/** Each store has the lease of a run that has opened several. */
function withoutTwins(leases: readonly StoredLease[]): readonly StoredLease[] {
  return [...new Map(leases.map((lease) => [JSON.stringify(lease), lease])).values()];
}

function leaseStatus(
  { ids, ...lease }: StoredLease,
  stored: ReadonlyMap<StoreName, StoreImages>,
): LeaseStatus {
  const names = new Map(
    [...stored.values()].flatMap(({ images }) => images.map((image) => [image.id, image.names] as const)),
  );
  return { ...lease, images: ids.map((id) => ({ id, names: names.get(id) ?? null })) };
}

async function statusOf(
  deployment: Deployment,
  stored: ReadonlyMap<StoreName, StoreImages>,
  input: StatusInput,
  { receipts, read, artifacts, payloads: files }: StatusPorts,
): Promise<DeploymentStatus> {
  const receipt = receipts.read(deployment.id);
  const known = receipt.kind === 'read' ? receipt.value : null;
  try {
    const { images, diagnostics } = read(rootsOf(deployment, input));
    const found = await artifacts(images, input.signal);
    const invalid = hasErrors(diagnostics) ? 'its configuration has errors' : null;
    const withoutOs = diagnostics.find(({ rule }) => rule === 'root-without-os');
    // Without its receipt, a tag may mean another image by now.
    const damage = receipt.kind === 'damaged' ? receipt.damage.message : null;
    const present = byStore(images).flatMap(({ store, images: own }) => {
      const content = stored.get(store);
      if (content === undefined) throw new Error(`nobody has looked at the store of ${store}`);
      const recorded = damage === null ? recordedImages(receipts, deployment.id, store) : undefined;
      return presenceOf(own, { ...content, artifacts: found }, recorded);
    });
    const error = withoutOs?.message ?? invalid ?? damage;
    const reason: Reason | null =
      withoutOs === undefined && invalid !== null ? { kind: 'root-invalid', root: deployment.root } : null;
    const payloads = await lookForPayloads(
      deployment.id,
      images,
      damage === null ? recordedImages(receipts, deployment.id, 'podman') : new Map(),
      files,
      'structure',
      input.signal,
    );
    return { deployment, images: present, payloads, receipt: known, error, reason };
  } catch (error) {
    input.signal.throwIfAborted();
    const reason = error instanceof BoundImagesError ? error.reason : null;
    return { deployment, images: [], payloads: [], receipt: known, error: errorText(error), reason };
  }
}

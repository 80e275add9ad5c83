import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { type Diagnostic, nowhere } from '../diagnostic/diagnostic.js';
import type { Redact } from '../diagnostic/redact.js';
import { diagnose } from '../diagnostic/rules.js';
import { type FileSystemSpace, freeSpace, shortage } from '../plan/free-space.js';
import {
  isComplete,
  isPulled,
  type PlannedImage,
  type PullPlan,
  type PullPolicy,
  planPulls,
} from '../plan/plan.js';
import { type Expansion, spaceNeeds } from '../plan/space.js';
import { findPodman, type Podman } from '../podman/podman.js';
import { findImage } from '../podman/store-images.js';
import { type StoreLayers, storeLayersReader } from '../podman/store-layers.js';
import { findProgram } from '../process/find-program.js';
import type { Trace } from '../process/run.js';
import { isOlder } from '../process/version.js';
import { redactorFor } from '../pull/known-secrets.js';
import { lookThroughSkopeo } from '../pull/look-up.js';
import { limitTime } from '../pull/time-limit.js';
import { unsupportedOptions } from '../pull/unsupported-options.js';
import { temporaryDirectory, type WorkDirectory } from '../pull/work-directory.js';
import { findSkopeo } from '../registry/skopeo.js';
import type { ResolvedImage } from '../resolve/resolve.js';
import type { RootOptions } from './options.js';
import { writeNote } from './output.js';

/** Options of the commands that ask a store. */
export interface StoreOptions {
  readonly storageRoot?: string;
  readonly storageRunroot?: string;
  readonly podman: string;
}

/** Options of the commands that ask a store and registries. */
export interface PlanningOptions extends RootOptions, StoreOptions {
  readonly skopeo: string;
  readonly concurrency: number;
  readonly timeout?: number;
  readonly pullPolicy: PullPolicy;
  readonly minFree: number;
}

/** A plan, with what the store says of itself where something is missing. */
export interface Planned {
  readonly plan: PullPlan;
  readonly space: { readonly fileSystems: readonly FileSystemSpace[]; readonly expansion: Expansion } | null;
  readonly storedLayers: () => StoreLayers;
  /** IDs of the images that the store had before. */
  readonly storedIds: ReadonlySet<string>;
}

/** Source: go.podman.io/image internal/manifest/oci_index.go, as of the release that this podman is built with. */
const zstdSince = '4.5.0';

/** How long a registry may take to say what it has; of a run with a time limit, no more than a quarter. */
const lookUpMs = 15_000;

/** How many registry look-ups run at the same time: they are small, and mostly wait. */
const lookUps = 16;

/** The plan step: one look at the store, then at the registries for what is missing; and is there room for it? */
export async function makePlan(
  images: readonly ResolvedImage[],
  options: PlanningOptions & { readonly offline?: boolean },
  podman: Podman,
  work: WorkDirectory,
  signal: AbortSignal,
  trace?: Trace,
  note = writeNote,
): Promise<Planned> {
  const prefersZstd = async () => !isOlder((await podman.features(signal)).version, zstdSince);
  const isBlind = findProgram(options.skopeo) === undefined;
  const registry =
    options.offline || isBlind
      ? undefined
      : lookThroughSkopeo(
          findSkopeo(options.skopeo, trace, {}, redactorFor(images)),
          work,
          Math.min(lookUpMs, (options.timeout ?? Infinity) / 4),
          pLimit(lookUps),
          prefersZstd,
          signal,
          options.quiet ? () => undefined : note,
        );
  const storeImages = await podman.images(signal);
  const storedIds = new Set(storeImages.map(({ id }) => id));
  const isMissing = images.some(
    ({ image }) => image.kind === 'image' && findImage(storeImages, image.reference) === undefined,
  );
  if (isMissing) {
    // What the plan needs in the end is asked beside the registries; but first, whether this podman will do.
    podman.info(signal).catch(() => undefined);
    await podman.features(signal);
  }
  const readLayers = async () => storeLayersReader(await podman.info(signal));
  const plan = await planPulls(
    images,
    options.pullPolicy,
    {
      images: storeImages,
      artifact: ({ image: { reference } }) => podman.artifact(reference, signal),
      platforms: (ids) => podman.platforms(ids, signal),
      layers: async () => (await readLayers())().digests,
    },
    registry,
  );
  const blind = isBlind && !options.offline ? withoutSkopeo(plan.images, options) : [];
  if (isComplete(plan)) {
    const diagnostics = [...plan.diagnostics, ...blind];
    return { plan: { ...plan, diagnostics }, space: null, storedLayers: () => noLayers, storedIds };
  }
  const storedLayers = await readLayers();
  const stored = options.minFree === 0 ? null : storedLayers();
  const needs = spaceNeeds(plan.images, options.concurrency, stored);
  const fileSystems = freeSpace(needs, (await podman.info(signal)).root, temporaryDirectory());
  const error = needs.storeBytes === 0 ? undefined : shortage(fileSystems, needs, options.minFree);
  return {
    plan: {
      images:
        error === undefined
          ? plan.images
          : plan.images.map((image) => (isPulled(image) ? { ...image, error } : image)),
      diagnostics: [
        ...plan.diagnostics,
        ...unsupportedOptions(plan, await podman.features(signal)),
        ...blind,
      ],
    },
    space: { fileSystems, expansion: needs.expansion },
    storedLayers,
    storedIds,
  };
}

const noLayers: StoreLayers = { digests: new Set(), compressedBytes: 0, unpackedBytes: 0 };

function withoutSkopeo(
  images: readonly PlannedImage[],
  { skopeo, pullPolicy }: PlanningOptions,
): readonly Diagnostic[] {
  const hidesSomething = images.some(({ state, layers, resolved: { image } }) => {
    const { reference } = image;
    if (reference.transport !== 'docker') return false;
    return state === 'present' ? pullPolicy === 'newer' && reference.digest === null : layers === null;
  });
  return hidesSomething ? [diagnose('skopeo-missing', nowhere, { program: skopeo })] : [];
}

/** podman on the store that the options name. @throws BoundImagesError `tool-missing`. */
export function podmanOf(
  options: StoreOptions & { readonly nice?: boolean; readonly layerConcurrency?: number },
  trace?: Trace,
  redact?: Redact,
): Podman {
  const { storageRoot, storageRunroot, nice = false, layerConcurrency } = options;
  const store = { root: storageRoot, runroot: storageRunroot };
  return findPodman(options.podman, { store, nice, layerConcurrency, redact }, trace);
}

/** The signal of a run that is stopped by `signal`, or when its time is up. */
export function withTimeout(signal: AbortSignal, timeoutMs: number | undefined): AbortSignal {
  const limited = timeoutMs === undefined ? signal : limitTime(signal, timeoutMs);
  // Every process that runs listens to it, and there may be more of them than Node thinks is sound.
  setMaxListeners(0, limited);
  return limited;
}

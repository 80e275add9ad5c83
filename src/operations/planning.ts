import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { nowhere } from '../diagnostic/place.js';
import type { Observe } from '../model/events.js';
import { isComplete, isPulled, type PlannedImage, type PullPlan } from '../model/plan.js';
import type { RegistryView } from '../model/ports.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { StoreImages, StoreLayers } from '../model/store.js';
import { type FileSystemSpace, freeSpace, shortage } from '../plan/free-space.js';
import { planPulls } from '../plan/plan.js';
import { type Expansion, spaceNeeds } from '../plan/space.js';
import type { AskRegistry } from '../pull/ask-registry.js';
import { registryView } from '../pull/look-up.js';
import { unsupportedOptions } from '../pull/unsupported-options.js';
import { temporaryDirectory } from '../pull/work-directory.js';
import type { ContentProver } from '../tools/podman/content-prover.js';
import type { Podman } from '../tools/podman/podman.js';
import { readStoreImages } from '../tools/podman/store-content.js';
import type { StoreFiles } from '../tools/podman/store-files.js';
import { findImages } from '../tools/podman/store-images.js';
import { storeLayersReader } from '../tools/podman/store-layers.js';
import { isOlder } from '../tools/process/is-older.js';
import { asker, type LazyRegistries, type OpenRegistries } from './asking-registries.js';
import type { PlanningInput } from './inputs.js';

/** A plan, with what the store says of itself where something is missing. */
export interface Planned {
  readonly plan: PullPlan;
  readonly space: { readonly fileSystems: readonly FileSystemSpace[]; readonly expansion: Expansion } | null;
  readonly storedLayers: () => StoreLayers;
  /** The store as it was found; null where nobody had to look. */
  readonly store: FoundStore | null;
}

/** What a plan is made with, from outside. */
export interface PlanningPorts {
  readonly podman: Podman;
  readonly openRegistries: OpenRegistries;
  readonly observe: Observe;
}

export type FoundStore = StoreImages & { readonly files: StoreFiles };

/** Source: go.podman.io/image internal/manifest/oci_index.go, as of the release that this podman is built with. */
const zstdSince = '4.5.0';

/** Source: go.podman.io/common libimage/pull.go, `copyFromDefault`, as of the release that this podman is built with. */
const heedsTmpdirSince = '4.4.0';

/** The plan step: one look at the store, then at the registries for what is missing; and is there room for it? */
export async function makePlan(
  images: readonly ResolvedImage[],
  input: PlanningInput,
  { podman, observe }: Pick<PlanningPorts, 'podman' | 'observe'>,
  registries: LazyRegistries,
  signal: AbortSignal,
  prover: ContentProver | undefined,
): Promise<Planned> {
  const registry = input.offline
    ? undefined
    : viewOf(podman, asker(registries, { input, signal, observe }), signal);
  const store = await readStoreImages(podman, images, { signal, prover });
  const isMissing = images.some(
    ({ image }) => image.kind === 'image' && findImages(store.images, image).length === 0,
  );
  const readLayers = async () => storeLayersReader(await podman.info(signal));
  // Whether this podman will do, and what of the store it takes, is asked while the registries answer.
  const beside = isMissing ? [podman.features(signal), podman.info(signal)] : [];
  const [plan] = await Promise.all([
    planPulls(
      images,
      input.pullPolicy,
      {
        ...store,
        artifact: ({ image: { reference } }) => podman.artifact(reference, signal),
        layers: async () => (await readLayers())().digests,
      },
      registry,
    ),
    ...beside,
  ]);
  const unproved = notProved(plan.images, store);
  if (isComplete(plan)) {
    const diagnostics = [...plan.diagnostics, ...unproved];
    return { plan: { ...plan, diagnostics }, space: null, storedLayers: () => noLayers, store };
  }
  const storedLayers = await readLayers();
  const stored = input.minFree === 0 ? null : storedLayers();
  const unpacksInUsual = isOlder(await podman.version(signal), heedsTmpdirSince);
  const needs = spaceNeeds(plan.images, input.concurrency, stored, unpacksInUsual);
  const fileSystems = freeSpace(needs, (await podman.info(signal)).root, temporaryDirectory());
  const isNothing = needs.storeBytes + needs.temporaryBytes === 0;
  const error = isNothing ? undefined : shortage(fileSystems, needs, input.minFree);
  return {
    plan: {
      images:
        error === undefined
          ? plan.images
          : plan.images.map((image) => (isPulled(image) ? { ...image, error } : image)),
      diagnostics: [
        ...plan.diagnostics,
        ...unsupportedOptions(plan, await podman.features(signal)),
        ...unproved,
      ],
    },
    space: { fileSystems, expansion: needs.expansion },
    storedLayers,
    store,
  };
}

/** What registries say of images to this podman. */
export function viewOf(podman: Podman, ask: AskRegistry, signal: AbortSignal): RegistryView {
  return registryView(ask, async () => !isOlder(await podman.version(signal), zstdSince));
}

const noLayers: StoreLayers = { digests: new Set(), compressedBytes: 0, unpackedBytes: 0 };

/** What cannot be proved of images that are there counts as proved, and is said. */
function notProved(images: readonly PlannedImage[], store: StoreImages): readonly Diagnostic[] {
  return sayUnproved(
    images.flatMap(({ state, error, id }) =>
      state === 'present' && error === null && id !== null ? (store.proofOf(id).unproved ?? []) : [],
    ),
  );
}

/** @param problems one for each image of which something is not proved */
export function sayUnproved(problems: readonly string[]): readonly Diagnostic[] {
  const [problem] = problems;
  return problem === undefined ? [] : [diagnose('not-proved', nowhere, { images: problems.length, problem })];
}

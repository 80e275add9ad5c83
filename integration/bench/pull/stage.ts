import pLimit from 'p-limit';
import { type BuiltImage, newImageLayout } from '../../support/images.js';
import { type Link, startLink } from '../../support/link.js';
import { pushImage } from '../../support/push-image.js';
import { type Cleanup, newTempDir } from '../../support/temp.js';
import { type Origin, startOrigin } from './origin.js';
import type { Scenario, ScenarioImage } from './scenario.js';

/** A scenario with its images in a registry behind a link. */
export type Stage = {
  readonly scenario: Scenario;
  readonly link: Link;
  /** Pinned, in the order of the scenario's images. */
  readonly references: readonly string[];
  /** What the store holds before each run. */
  readonly presentReferences: readonly string[];
  /** Layers, configs and manifests that the store does not hold, each counted once. */
  readonly uniqueBytes: number;
  /** How many those are. */
  readonly uniqueBlobs: number;
  /** What the link takes to carry them, or the slow registry's own link, if that takes longer. */
  readonly limitMs: number;
  readonly reseed: Origin['reseed'];
};

type Blob = { readonly digest: string; readonly bytes: number; readonly slow: boolean };
type PushedImage = { readonly reference: string; readonly blobs: readonly Blob[] };

/** Builds the images, pushes them, and puts the registry or registries behind a link. */
export async function setStage(cleanup: Cleanup, scenario: Scenario): Promise<Stage> {
  const { bytesPerSecond, slowBytesPerSecond } = scenario;
  const link = await cleanup.use(startLink(bytesPerSecond));
  const fast = await startOrigin(cleanup, link, scenario);
  const slow =
    slowBytesPerSecond === undefined ? fast : await startOrigin(cleanup, link, scenario, slowBytesPerSecond);
  const pushed = await pushImages(scenario, fast, slow);
  const of = (images: readonly ScenarioImage[]) =>
    images.flatMap((image) => pushed.get(image) ?? ([] satisfies PushedImage[]));
  const wanted = of(scenario.images);
  const present = of(scenario.present ?? []);

  const held = new Set(present.flatMap(({ blobs }) => blobs).map(({ digest }) => digest));
  const blobs = new Map(wanted.flatMap((image) => image.blobs.map((blob) => [blob.digest, blob])));
  const missing = [...blobs.values()].filter(({ digest }) => !held.has(digest));
  const uniqueBytes = sum(missing);
  const slowMs = slowBytesPerSecond
    ? (sum(missing.filter((blob) => blob.slow)) / slowBytesPerSecond) * 1000
    : 0;
  return {
    scenario,
    link,
    references: wanted.map(({ reference }) => reference),
    presentReferences: present.map(({ reference }) => reference),
    uniqueBytes,
    uniqueBlobs: missing.length,
    limitMs: Math.max((uniqueBytes / bytesPerSecond) * 1000, slowMs),
    reseed: fast.reseed,
  };
}

async function pushImages(
  scenario: Scenario,
  fast: Origin,
  slow: Origin,
): Promise<ReadonlyMap<ScenarioImage, PushedImage>> {
  const temp = await newTempDir();
  try {
    const layout = await newImageLayout(temp.path);
    const built: [ScenarioImage, BuiltImage][] = [];
    for (const image of new Set([...scenario.images, ...(scenario.present ?? [])])) {
      built.push([image, await layout.addImage({ layers: image.layers })]);
    }
    // More skopeos at once than processors do not push faster.
    const limit = pLimit(2);
    const pushes = built.map(([spec, image]) =>
      limit(async (): Promise<[ScenarioImage, PushedImage]> => {
        const isSlow = spec.slow ?? false;
        const { registry, host } = isSlow ? slow : fast;
        await pushImage(registry, `bench/${spec.name}:1`, layout, image);
        return [
          spec,
          { reference: `${host}/bench/${spec.name}@${image.digest}`, blobs: blobsOf(image, isSlow) },
        ];
      }),
    );
    return new Map(await Promise.all(pushes));
  } finally {
    await temp.remove();
  }
}

function blobsOf(image: BuiltImage, slow: boolean): readonly Blob[] {
  return [
    { digest: image.digest, bytes: image.size, slow },
    { digest: image.config.digest, bytes: image.config.size, slow },
    ...image.layers.map(({ digest, sizeBytes }) => ({ digest, bytes: sizeBytes, slow })),
  ];
}

function sum(blobs: readonly Blob[]): number {
  return blobs.reduce((total, { bytes }) => total + bytes, 0);
}

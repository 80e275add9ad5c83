import { isPulled, type PlannedImage } from '../model/plan.js';
import type { StoreLayers } from '../model/store.js';

/** How much larger layers are unpacked than compressed. */
export interface Expansion {
  readonly factor: number;
  /** Measured on the layers that the store has, a default where it has too few, or not estimated at all. */
  readonly source: 'store' | 'default' | 'none';
}

/** What the pulls will write. */
export interface SpaceNeeds {
  /** Compressed layers and copies of archives that lie in the directory for temporary files at the same time, in bytes. */
  readonly temporaryBytes: number;
  /** What podman unpacks in /var/tmp at the same time, wherever that directory is, in bytes. */
  readonly usualBytes: number;
  /** Unpacked layers in the store, in bytes: an estimate. */
  readonly storeBytes: number;
  readonly storeInodes: number;
  readonly expansion: Expansion;
}

/** Gzipped layers of general-purpose distributions are 2.3 to 2.8 times larger unpacked. */
export const defaultFactor = 2.5;
/** Fewer bytes of layers than this say little about others. */
const sampleBytes = 64 * 1024 * 1024;
/** Of unpacked layers, for each file or directory; distributions have 12 to 20 KiB. */
const bytesPerInode = 12 * 1024;

/**
 * What is to be pulled as far as its layers are known.
 *
 * @param lanes how many podmans at the same time
 * @param stored what an estimate may be measured on; null for the least that will be needed, without an estimate
 * @param unpacksInUsual podman unpacks an oci-archive in /var/tmp, before it does so in the directory that it is told
 */
export function spaceNeeds(
  images: readonly PlannedImage[],
  lanes: number,
  stored: Pick<StoreLayers, 'compressedBytes' | 'unpackedBytes'> | null,
  unpacksInUsual = false,
): SpaceNeeds {
  const expansion = expansionOf(stored);
  const pulled = images.filter(isPulled);
  // podman keeps the blobs of an image until all its layers are in the store. A shared one is fetched once.
  const largest = (bytes: readonly number[]) => sum(bytes.toSorted((a, b) => b - a).slice(0, lanes));
  const unique = uniqueBytes(pulled);
  const copies = pulled.map((image) => archiveBytes(image, stored === null));
  const storeBytes = Math.ceil(unique * expansion.factor);
  return {
    temporaryBytes: Math.min(
      largest(pulled.map((image, index) => missingBytes(image) + (copies[index] ?? 0))),
      unique + sum(copies),
    ),
    usualBytes: unpacksInUsual ? largest(pulled.map(unpackedBytes)) : 0,
    storeBytes,
    storeInodes: stored === null ? 0 : Math.ceil(storeBytes / bytesPerInode),
    expansion,
  };
}

function expansionOf(stored: Parameters<typeof spaceNeeds>[2]): Expansion {
  if (stored === null) return { factor: 1, source: 'none' };
  if (stored.compressedBytes < sampleBytes) return { factor: defaultFactor, source: 'default' };
  return { factor: stored.unpackedBytes / stored.compressedBytes, source: 'store' };
}

/**
 * What lies in the directory for temporary files for an archive or layout: our copy, what podman unpacks of an
 * oci-archive, and the layers on their way. What the store has of it is known when it is read. The least is without a
 * copy that shares its blocks with the original, and without layers, which the store may have.
 */
function archiveBytes(image: PlannedImage, isLeast: boolean): number {
  const size = image.resolved.archive?.size ?? 0;
  const unpacked = unpackedBytes(image);
  return isLeast ? 2 * unpacked : 2 * size + unpacked;
}

function unpackedBytes({ resolved: { image, archive } }: PlannedImage): number {
  return image.reference.transport === 'oci-archive' ? (archive?.size ?? 0) : 0;
}

/** Of the layers that are to be fetched, each counted once. */
export function uniqueBytes(images: readonly PlannedImage[]): number {
  return sum([...missingLayers(images).values()]);
}

/** What the images would fetch if none of them shared a layer with another. */
export function separateBytes(images: readonly PlannedImage[]): number {
  return sum(images.map(missingBytes));
}

/** Digest → compressed bytes of the layers to be fetched. */
export function missingLayers(images: readonly PlannedImage[]): ReadonlyMap<string, number> {
  return new Map(
    images
      .flatMap(({ layers }) => layers ?? [])
      .filter(({ present }) => !present)
      .map(({ digest, size }) => [digest, size]),
  );
}

function missingBytes({ layers }: PlannedImage): number {
  return sum((layers ?? []).filter(({ present }) => !present).map(({ size }) => size));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

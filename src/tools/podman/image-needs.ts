import { elseAs, list, object, text } from '../../text/shape.js';
import { isList, readConfig } from './image-proof.js';
import { chainOf, type ImageRecord, readPart, type StoreFiles } from './store-files.js';

/** What an image of a store needs. */
export interface ImageNeeds {
  /** What its layers are as tar archives, from the bottom up. */
  readonly layers: readonly string[];
  /** Of a list of images, the digests of those that are in it. */
  readonly members: readonly string[];
  /** The digests by which a list may name it. */
  readonly manifests: readonly string[];
}

/**
 * What the images of a store need, by ID; one of which that is not known is left out. The files of the store are read,
 * because podman shows a list only where it has an image for this machine, and fails over all images where not.
 */
export function imageNeeds(files: StoreFiles): ReadonlyMap<string, ImageNeeds> {
  return new Map(
    [...files.images.values()].flatMap((image) => {
      const made = isList(image) ? membersOf(image) : layersOf(files, image);
      return made === undefined ? [] : [[image.id, { ...made, manifests: manifestsOf(image) }] as const];
    }),
  );
}

type Made = Pick<ImageNeeds, 'layers' | 'members'> | undefined;

function layersOf(files: StoreFiles, image: ImageRecord): Made {
  const { platform, layers } = readConfig(image);
  if (platform !== null) return { layers: layers.map(String), members: [] };
  // Of the oldest kind of images there is no config.
  const { chain, missing } = chainOf(files, image);
  if (missing !== null) return undefined;
  return { layers: chain.map(({ id, digest }) => digest ?? id), members: [] };
}

const noMember = { digest: '' };
const imageList = elseAs(
  { manifests: [] },
  object({ manifests: list(elseAs(noMember, object({ digest: text }))) }),
);

function membersOf({ parts }: ImageRecord): Made {
  const path = parts.find(({ key }) => key === 'manifest')?.path;
  const read = readPart(imageList, path);
  return read && { layers: [], members: read.manifests.map(({ digest }) => digest) };
}

function manifestsOf({ digest, parts }: ImageRecord): readonly string[] {
  const own = parts.filter(({ key }) => key.startsWith('manifest')).map((part) => part.digest);
  return [digest, ...own].filter((each) => each !== null);
}

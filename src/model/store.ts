import type { Platform } from './platform.js';
import type { ResolvedImage } from './resolved-image.js';

/** An image of the store. */
export interface StoreImage {
  readonly id: string;
  /** `registry/name:tag` or `registry/name@digest`. */
  readonly names: readonly string[];
  /**
   * `registry/name@digest`, also for images that were pulled by tag. First that which the registry served: of
   * an image for several platforms podman names the index, too, and sorts the two by their digests.
   */
  readonly repoDigests: readonly string[];
  /** With the layers that it shares with others, unpacked, in bytes; null where podman does not say. */
  readonly size: number | null;
}

/** What the files of a store prove of one of its images. */
export interface ImageProof {
  /** It is listed like an image, and is a list of images; no container can be started from it alone. */
  readonly isList: boolean;
  /** As its config says, '' for what that leaves out; null where nobody knows. */
  readonly platform: Platform | null;
  /** What is wrong with it, so that no container can be started from it, or from less than all of it. */
  readonly damage: Damage | null;
  /** Why it could not be proved that all of it is there; null when that was. */
  readonly unproved: string | null;
  /** The content of its layers was to be proved, too. */
  readonly isDeep: boolean;
}

export interface Damage {
  readonly problem: string;
  /** IDs of its layers that are damaged; none where its manifest or config is. */
  readonly layers: readonly string[];
}

/** The images of a store at one moment. */
export interface StoreImages {
  readonly images: readonly StoreImage[];
  /** What the store's files prove of an image, by its ID. */
  proofOf(id: string): ImageProof;
}

/** What a store holds at one moment. */
export interface StoreContent extends StoreImages {
  /** Digests of the bound artifacts that are there. */
  readonly artifacts: ReadonlyMap<ResolvedImage, string>;
}

/** The layers of a store at one moment. */
export interface StoreLayers {
  /**
   * `algorithm:hex` of what need not be fetched: compressed layers, as manifests name them, or the tables of contents
   * of those that podman fetched in parts (`enable_partial_images` in containers-storage.conf(5)).
   */
  readonly digests: ReadonlySet<string>;
  /** Of the layers that came compressed, as far as both of their sizes are known. */
  readonly compressedBytes: number;
  /** Of the same layers, unpacked. */
  readonly unpackedBytes: number;
}

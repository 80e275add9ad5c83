import type { RemoteContent } from './remote-content.js';

/** A blob in a registry. */
export interface RemoteLayer {
  /** `algorithm:hex` of the bytes in the registry. */
  readonly digest: string;
  /** Of the same, compressed bytes. */
  readonly size: number;
  /** `algorithm:hex` of its table of contents, for one in a format of which podman may fetch files one by one. */
  readonly tocDigest?: string | undefined;
}

/** An image as a registry has it. */
export interface RemoteImage {
  /** Of the index or manifest that the reference names: the digest by which the store will know the image. */
  readonly digest: string;
  /** The base first; a layer may occur twice. null for Docker's schema 1, which tells no sizes. */
  readonly layers: readonly RemoteLayer[] | null;
  /** With which podman is answered. */
  readonly content: RemoteContent;
}

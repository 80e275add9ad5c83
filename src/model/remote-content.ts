import type { RegistrySource } from './registry-source.js';

/** A manifest or an index, as a registry served it. */
export interface ManifestContent {
  /** `algorithm:hex` of the bytes, by which it is known and asked for. */
  readonly digest: string;
  /** The `Content-Type` that it came with, by which podman reads it; '' where it came without. */
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface ConfigContent {
  readonly digest: string;
  /** In bytes; null where the manifest says none. */
  readonly size: number | null;
  /** null where it was not asked for. */
  readonly bytes: Buffer | null;
}

/** What was learned of an image from a registry: enough to answer podman without asking it for a manifest again. */
export interface RemoteContent {
  /** `registry/repository` in full, as podman will ask for it; a short name has been resolved. */
  readonly name: string;
  /** What the reference names; behind an index, that which was chosen for the platform. */
  readonly manifests: readonly ManifestContent[];
  /** The config or, of an artifact, what stands in its place. null for Docker's schema 1. */
  readonly config: ConfigContent | null;
  /** Where its blobs are: that which had the manifest first, then the others in podman's order. At least one. */
  readonly sources: readonly RegistrySource[];
  /** A layer is to be had elsewhere (`urls`), where podman asks by itself. */
  readonly hasForeignLayers: boolean;
}

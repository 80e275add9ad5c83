/** An image in a registry, or a short name for one that podman looks up in registries.conf. */
export interface RegistryReference {
  /** As written. */
  readonly text: string;
  readonly transport: 'docker';
  /** Host with optional port, `index.docker.io` as `docker.io`; null for a short name. */
  readonly registry: string | null;
  /** Path inside the registry; on docker.io a single component has got its `library/`. */
  readonly repository: string;
  readonly tag: string | null;
  /** `algorithm:hex`. */
  readonly digest: string | null;
  readonly isShort: boolean;
}

export type PathTransport = 'docker-archive' | 'oci-archive' | 'oci' | 'dir';

/** An image in a file or directory. Source: containers-transports(5). */
export interface PathReference {
  /** As written. */
  readonly text: string;
  readonly transport: PathTransport;
  /** As written, possibly relative. */
  readonly path: string;
  /** What follows the `:` after the path: an image name, or `@` and an index; always null for `dir`. */
  readonly rest: string | null;
}

export type Reference = RegistryReference | PathReference;

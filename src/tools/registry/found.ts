import type { Failure } from '../../model/failure.js';

/** What the registry served, as it came. */
export interface FoundText {
  readonly kind: 'found';
  readonly bytes: Buffer;
  /** The same, as UTF-8. */
  readonly text: string;
}

/** A manifest or an index. */
export interface Found extends FoundText {
  /** Of the bytes, with the algorithm of the digest in the name, else SHA-256. */
  readonly digest: string;
  /** Its `Content-Type`; '' where there was none. */
  readonly mediaType: string;
}

export interface FoundTags {
  readonly kind: 'found';
  readonly tags: readonly string[];
}

export interface Failed {
  readonly kind: 'failed';
  readonly failure: Failure;
}

/** It was met with something that only podman knows, which does that image on its own then. */
export interface Unsupported {
  readonly kind: 'unsupported';
  /** For a sentence, without secrets: `the proxy scheme socks5`. */
  readonly what: string;
}

import type { Failure } from './failure.js';
import type { CertificateFile, Login } from './resolved-image.js';

/**
 * Where an image may be had, and how it is reached there: a registry, or a mirror of it. Of one image there are several,
 * in the order in which podman asks them.
 */
export interface RegistrySource {
  /** `host[:port]`, as the reference or registries.conf names it: `docker.io` is not yet the host that is asked. */
  readonly registry: string;
  /** Without the registry: `library/alpine`. */
  readonly repository: string;
  /** What is asked for there: a tag, or `algorithm:hex`. */
  readonly reference: string;
  /** No certificate is verified, and where TLS fails, plain HTTP is tried. */
  readonly isInsecure: boolean;
  /** CA certificates beside those of the system, and client certificates with their keys (containers-certs.d(5)). */
  readonly certificates: readonly CertificateFile[];
  /** Those for this source. They go to nobody else. Asked for once, before the first request. */
  readonly credentials: () => Promise<Credentials | NoCredentials>;
}

/**
 * Secrets. `identity-token`: what a token server gives a token for (`identitytoken` of containers-auth.json(5)); its
 * `login` is for a registry that knows no tokens.
 */
export type Credentials =
  | { readonly kind: 'anonymous' }
  | ({ readonly kind: 'password' } & Login)
  | { readonly kind: 'identity-token'; readonly token: string; readonly login?: Login };

/** There should be some, and they could not be had, such as from a helper. */
export interface NoCredentials {
  readonly kind: 'failed';
  readonly failure: Failure;
}

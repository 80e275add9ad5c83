/**
 * Why a pull or a look at a registry failed.
 * `transient`: trying again may help. `permanent`: the same request will fail again. `local`: this machine is
 * at fault, so that every other pull would fail too.
 */
export interface Failure {
  readonly code: FailureCode;
  readonly kind: 'transient' | 'permanent' | 'local';
  /** What podman or skopeo said last, printable, without secrets. */
  readonly message: string;
}

export type FailureCode =
  | 'archive'
  | 'authfile'
  | 'blocked'
  | 'connection'
  | 'corrupt'
  | 'denied'
  | 'dns'
  | 'limit'
  | 'manifest-unknown'
  | 'no-platform'
  | 'no-space'
  | 'oversized'
  | 'permission'
  | 'policy'
  | 'read-only'
  | 'reference'
  | 'server-error'
  | 'stalled'
  | 'stopped-early'
  | 'timeout'
  | 'tls'
  | 'too-many-requests'
  | 'unauthorized'
  | 'unknown'
  | 'unknown-flag';

export interface PullError {
  readonly code: FailureCode | 'not-in-store' | 'interrupted' | 'damaged' | 'unproved';
  /** Whether trying again later may help. */
  readonly transient: boolean;
  readonly message: string;
  readonly hint: string | null;
}

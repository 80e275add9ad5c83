import type { Reason } from './reason.js';

/**
 * Why an image is not there, or could not be looked for.
 * `transient`: trying again may help. `permanent`: the same request will fail again. `local`: this machine is
 * at fault, so that every other pull would fail too.
 */
export interface Failure {
  readonly code: FailureCode;
  readonly kind: 'transient' | 'permanent' | 'local';
  /** Printable, without secrets; of podman, what it said last. */
  readonly message: string;
  /** What the operator does next, one sentence. */
  readonly hint: string | null;
  /** Which of the causes of the code, where whoever shows it may say more than the hint. */
  readonly reason?: Reason;
}

/** Whether trying again later may help. */
export function isTransient({ kind }: Pick<Failure, 'kind'>): boolean {
  return kind === 'transient';
}

/** As it is printed and recorded. */
export interface FailureRecord {
  readonly code: FailureCode;
  readonly transient: boolean;
  readonly message: string;
  readonly hint: string | null;
}

export function failureRecord(failure: Failure): FailureRecord {
  const { code, message, hint } = failure;
  return { code, transient: isTransient(failure), message, hint };
}

export type FailureCode =
  | 'archive'
  | 'authfile'
  | 'blocked'
  | 'connection'
  | 'corrupt'
  | 'damaged'
  | 'denied'
  | 'dns'
  | 'extension-unfit'
  | 'interrupted'
  | 'limit'
  | 'manifest-unknown'
  | 'no-platform'
  | 'no-space'
  | 'not-in-image'
  | 'not-in-store'
  | 'oversized'
  | 'permission'
  | 'policy'
  | 'read-only'
  | 'reference'
  | 'server-error'
  | 'stalled'
  | 'stopped-early'
  | 'store-busy'
  | 'store-unfit'
  | 'timeout'
  | 'tls'
  | 'too-many-requests'
  | 'unauthorized'
  | 'unknown'
  | 'unknown-flag'
  | 'unpacking'
  | 'unproved'
  | 'unsupported';

import type { Failure } from '../podman/failure.js';
import type { AuthCandidate } from '../resolve/auth-candidates.js';

/** How an attempt went with one of the candidates; `undefined` stands for podman's own choice. */
export interface AuthAttempt<T> {
  readonly result: T;
  readonly tried: readonly (AuthCandidate | undefined)[];
}

/**
 * Runs `attempt` with one candidate after the other for as long as the registry refuses the credentials, so
 * that a stale token in the new root does not stop what the host's own token allows.
 */
export async function withCredentials<T extends { readonly kind: string }>(
  candidates: readonly AuthCandidate[],
  attempt: (candidate: AuthCandidate | undefined) => Promise<T>,
  failureOf: (result: T) => Failure | undefined,
): Promise<AuthAttempt<T>> {
  const tried: (AuthCandidate | undefined)[] = [];
  for (const candidate of candidates.length === 0 ? [undefined] : candidates) {
    tried.push(candidate);
    const result = await attempt(candidate);
    const isLast = tried.length >= candidates.length;
    if (isLast || !isAuthFailure(failureOf(result))) return { result, tried };
  }
  throw new Error('unreachable: the last candidate returns');
}

/** Registries say “denied” for a repository that the given user, or nobody, may see. */
export function isAuthFailure(failure: Failure | undefined): boolean {
  return failure?.code === 'unauthorized' || failure?.code === 'denied';
}

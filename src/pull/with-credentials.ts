import type { Failure } from '../model/failure.js';
import type { AuthCandidate } from '../model/resolved-image.js';

/** How it went with the last of the candidates that were tried. */
export interface AuthAttempt<T> {
  readonly result: T;
  readonly tried: readonly AuthCandidate[];
}

/**
 * Runs `attempt` with one candidate after the other for as long as the registry refuses the credentials, so
 * that a stale token in the new root does not stop what the host's own token allows.
 */
export async function withCredentials<T extends { readonly kind: string }>(
  candidates: readonly AuthCandidate[],
  attempt: (candidate: AuthCandidate) => Promise<T>,
  failureOf: (result: T) => Failure | undefined,
): Promise<AuthAttempt<T>> {
  const tried: AuthCandidate[] = [];
  for (const candidate of candidates) {
    tried.push(candidate);
    const result = await attempt(candidate);
    const isLast = tried.length === candidates.length;
    if (isLast || !isAuthFailure(failureOf(result))) return { result, tried };
  }
  throw new Error('no candidates: there is always podman’s own choice');
}

/** Registries say “denied” for a repository that the given user, or nobody, may see. */
export function isAuthFailure(failure: Failure | undefined): boolean {
  return failure?.code === 'unauthorized' || failure?.code === 'denied';
}

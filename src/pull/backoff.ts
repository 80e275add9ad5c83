import type { Failure, FailureCode } from '../model/failure.js';

/**
 * How many attempts may follow the first one. An attempt is half a dozen requests, and a registry that answers some
 * of them with 5xx fails most attempts: with a fifth of the requests refused, two of three.
 */
export function retriesFor(code: FailureCode, retries: number): number {
  return code === 'server-error' ? 5 * retries : retries;
}

/**
 * What an error of which nobody knows the cause says, without paths and numbers, which differ each time; undefined for
 * any other.
 */
export function unknownWords({ code, message }: Failure): string | undefined {
  if (code !== 'unknown') return undefined;
  return message.replace(/\/[^\s:;,()"'`]+/g, '/').replace(/\b[0-9a-f]{8,}\b|\d+/g, '0');
}

/**
 * The error of an attempt in the light of those before it: content that is damaged a second time was not
 * damaged on its way, so that no later try will help either; and what nobody knows does not pass where it has come twice.
 *
 * @param times how many attempts at this image have ended with this code, with this one; of those with an unknown cause,
 *   how many said the same
 */
export function afterAttempts(error: Failure, times: number): Failure {
  const isLasting = error.code === 'corrupt' || error.code === 'unknown';
  return isLasting && error.kind === 'transient' && times > 1 ? { ...error, kind: 'permanent' } : error;
}

import type { Failure, FailureCode } from '../model/failure.js';

/**
 * How many attempts may follow the first one. An attempt is half a dozen requests, and a registry that answers some
 * of them with 5xx fails most attempts: with a fifth of the requests refused, two of three.
 */
export function retriesFor(code: FailureCode, retries: number): number {
  return code === 'server-error' ? 5 * retries : retries;
}

/**
 * The error of an attempt in the light of those before it: content that is damaged a second time was not
 * damaged on its way, so that no later try will help either.
 *
 * @param times how many attempts at this image have ended with this code, with this one
 */
export function afterAttempts(error: Failure, times: number): Failure {
  return error.code === 'corrupt' && times > 1 ? { ...error, kind: 'permanent' } : error;
}

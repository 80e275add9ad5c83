import type { Response } from './exchange.js';

/**
 * For how long a server that has refused a request wants no further one, in milliseconds; null where it does not say.
 * `Retry-After` in seconds or as a date, which is compared with the server's own clock where the answer has it (RFC
 * 9110, section 10.2.3); else the fields for rate limits, when nothing is left of the limit (IETF draft
 * ratelimit-headers, in its older form and in the one with a single field).
 */
export function askedWaitMs({ header }: Pick<Response, 'header'>): number | null {
  const retryAfter = header('retry-after')[0]?.trim();
  if (retryAfter !== undefined) {
    if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000;
    const waitMs = Date.parse(retryAfter) - serverTime(header);
    if (waitMs > 0) return waitMs;
  }
  const left = header('ratelimit-remaining')[0] ?? parameter(header('ratelimit')[0], 'r');
  const reset = header('ratelimit-reset')[0] ?? parameter(header('ratelimit')[0], 't');
  const seconds = /^\s*(\d{1,12})/.exec(reset ?? '')?.[1];
  if (seconds === undefined || !/^\s*0+(?:\D|$)/.test(left ?? '0')) return null;
  // Some write the time at which it ends, in seconds since 1970.
  const waitMs = Number(seconds) * 1000;
  return Number(seconds) < 1e9 ? waitMs : Math.max(0, waitMs - serverTime(header));
}

/** By the server's clock, where it tells it. */
export function serverTime(header: Response['header']): number {
  const told = Date.parse(header('date')[0] ?? '');
  return Number.isNaN(told) ? Date.now() : told;
}

function parameter(field: string | undefined, name: string): string | undefined {
  return new RegExp(`;\\s*${name}=(\\d{1,12})`).exec(field ?? '')?.[1];
}

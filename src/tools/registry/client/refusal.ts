import { STATUS_CODES } from 'node:http';
import type { Failure, FailureCode } from '../../../model/failure.js';
import type { Failed } from '../found.js';
import { shownUrl } from './shown-url.js';

/** A failure of one request, with what a second try depends on. */
export interface Refusal extends Failed {
  /** That of HTTP; null where there was no whole answer. */
  readonly status: number | null;
  /** The server wants to be left alone for so long. */
  readonly waitMs: number | null;
}

/** A request, as far as a message names it. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
}

/** A failure with a message such as `GET https://registry.example.com/v2/app/manifests/1: connection reset`. */
export function refusal(
  { method, url }: Asked,
  code: FailureCode,
  kind: Failure['kind'],
  words: string,
  { status = null, waitMs = null }: Partial<Pick<Refusal, 'status' | 'waitMs'>> = {},
): Refusal {
  const message = `${method} ${shownUrl(url)}: ${words}`;
  return { kind: 'failed', failure: { code, kind, message, hint: null }, status, waitMs };
}

/** One that has nothing to do with what was asked of the host: `https://registry.example.com: no such host`. */
export function hostRefusal(
  { url }: Asked,
  code: FailureCode,
  kind: Failure['kind'],
  words: string,
): Refusal {
  const failure = { code, kind, message: `${url.origin}: ${words}`, hint: null };
  return { kind: 'failed', failure, status: null, waitMs: null };
}

/** Whether `signal` came because the time was up, and not from somebody. */
export function isTimeUp({ reason }: AbortSignal): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

/** Of a request that was not answered when `signal` ended it. */
export function stoppedRefusal(asked: Asked, signal: AbortSignal): Refusal {
  return isTimeUp(signal)
    ? refusal(asked, 'timeout', 'transient', 'the registry did not answer in time')
    : refusal(asked, 'interrupted', 'transient', 'interrupted');
}

/**
 * Of an answer that is an error.
 *
 * @param said what the registry says about it, '' for nothing
 * @param codes those of its errors (OCI distribution-spec, “Error Codes”)
 */
export function statusRefusal(
  asked: Asked,
  status: number,
  said: string,
  codes: readonly string[],
  waitMs: number | null,
): Refusal {
  const [code, kind] = codes.includes('TOOMANYREQUESTS') ? tooMany : statusMeaning(status);
  const name = STATUS_CODES[status];
  const words = `${status}${name === undefined ? '' : ` ${name}`}${said === '' ? '' : `: ${said}`}`;
  return refusal(asked, code, kind, words, { status, waitMs });
}

const tooMany = ['too-many-requests', 'transient'] as const;

function statusMeaning(status: number): readonly [FailureCode, Failure['kind']] {
  switch (status) {
    case 401:
      return ['unauthorized', 'permanent'];
    case 403:
      return ['denied', 'permanent'];
    case 404:
      return ['manifest-unknown', 'permanent'];
    case 408:
      return ['timeout', 'transient'];
    case 425:
    case 429:
      return tooMany;
    default:
      // A wall of some site may refuse us and not podman.
      return [status >= 500 ? 'server-error' : 'unknown', 'transient'];
  }
}

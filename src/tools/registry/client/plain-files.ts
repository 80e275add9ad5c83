import { setMaxListeners } from 'node:events';
import { redactForms, shownText } from '../../../diagnostic/redact.js';
import type { Failed, Unsupported } from '../found.js';
import { readBody } from './bounded-body.js';
import type { ClientOptions, clientOver } from './client.js';
import type { Exchange, Request, Trust } from './exchange.js';
import { follow } from './redirects.js';
import { type Refusal, refusal, stoppedRefusal } from './refusal.js';
import { refuseStatus } from './refuse-status.js';
import { isRefusal, retried, type Within } from './retry.js';
import { shownUrl } from './shown-url.js';
import { openTransport } from './transport.js';

/** Gets files from servers that are no registries, with the trust, the proxies and the retries of the registry client. */
export interface PlainFiles {
  /**
   * The bytes behind a URL, at most `limit` of them. What the URL says of a user is given to its server alone. It never
   * throws.
   */
  get(url: URL, trust: PlainTrust, limit: number, within: Within): Promise<FoundBytes | Failed | Unsupported>;
  /** Ends all connections, and what is under way. */
  close(): void;
}

/** Whom a connection believes: see `RegistrySource`. */
export type PlainTrust = Pick<Trust, 'certificates' | 'isInsecure'>;

/** `bytes` are null where the server says that there is no such file. */
export interface FoundBytes {
  readonly kind: 'found';
  readonly bytes: Buffer | null;
}

export function openPlainFiles(options: ClientOptions): PlainFiles {
  const transport = openTransport(options);
  return { ...plainFilesOver(transport.exchange, options), close: transport.close };
}

/** The same on another way to send requests. */
export function plainFilesOver(send: Exchange, options: Parameters<typeof clientOver>[1]): PlainFiles {
  const { timer, userAgent, redact = redactForms, observe } = options;
  const visible = (text: string) => shownText(text, (each) => redactForms(redact(each)));
  const exchange: Exchange = (request, signal) => {
    observe?.(visible(`${request.method} ${shownUrl(request.url)}`));
    return send(request, signal);
  };

  async function once(
    request: Request,
    limit: number,
    signal: AbortSignal,
  ): Promise<FoundBytes | Refusal | Unsupported> {
    const followed = await follow({ exchange, timer }, request, signal);
    if (followed.kind !== 'followed') return followed;
    const { status, body } = followed.response;
    if (status !== 200) {
      const refused = await refuseStatus(followed, timer, signal);
      return status === 404 ? { kind: 'found', bytes: null } : refused;
    }
    const read = await readBody(body, limit, signal);
    if (read.kind === 'read') return { kind: 'found', bytes: read.bytes };
    if (read.kind === 'too-long')
      return refusal(request, 'oversized', 'permanent', `the answer is longer than ${limit} bytes`);
    return signal.aborted
      ? stoppedRefusal(request, signal)
      : refusal(request, 'connection', 'transient', 'the connection was cut in the middle of the answer');
  }

  return {
    get: async (given, trust, limit, within) => {
      setMaxListeners(0, within.signal);
      const request = requestOf(given, trust, userAgent);
      const result = await retried(() => once(request, limit, within.signal), within, options);
      if (!isRefusal(result)) return result;
      const { failure } = result;
      return { kind: 'failed', failure: { ...failure, message: visible(failure.message) } };
    },
    close: () => undefined,
  };
}

function requestOf(given: URL, trust: PlainTrust, userAgent: string): Request {
  const url = new URL(given);
  url.username = '';
  url.password = '';
  url.hash = '';
  const user = [given.username, given.password].map(decoded).join(':');
  const authorization =
    user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
  return {
    method: 'GET',
    url,
    headers: { 'user-agent': userAgent, ...authorization },
    trust: { ...trust, isOwnHost: true },
    isRemoteOnly: false,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

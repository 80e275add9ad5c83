import type { ProxyRequest } from './traffic.js';

/** What a fault does to a request. Bytes are bytes of the response's body. */
export type FaultAction =
  /** Answers `status` in the registry's place; the body is the OCI error for it unless given. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfterSeconds?: number;
      /** `WWW-Authenticate` of a 401. */
      readonly challenge?: string;
      readonly body?: string;
    }
  /** Closes the connection after so many bytes, once the test says so; 0 still sends the headers. */
  | { readonly kind: 'cut'; readonly afterBytes: number; readonly until?: Promise<unknown> }
  /** Sends so many bytes and then nothing more, with the connection open. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Waits before it forwards the request. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Forwards the request when the test says so. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** Resets the connection without an answer. */
  | { readonly kind: 'reset' }
  /** Sends bytes of no length, as fast as the throttle allows, until the client has had enough. */
  | { readonly kind: 'endless' }
  /** Inverts the first byte of the body. */
  | { readonly kind: 'corrupt' };

export type Fault = {
  /** Only requests with this method. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Only requests whose path and query match, such as `/\/manifests\//`. */
  readonly path: RegExp;
  /** Only requests of this program: we ask while the pulls are planned, podman during them. */
  readonly client?: 'podman' | 'ours';
  /** Only requests for the rest of a body (`Range`), as we and podman 5 send after a cut. */
  readonly rest?: boolean;
  /** How many requests it hits; for ever when absent. */
  readonly times?: number;
  readonly action: FaultAction;
};

/** The registry wants what we do not know: podman is left to look the images up by itself. */
export const leftToPodman: Fault = {
  path: /\/v2\//,
  client: 'ours',
  action: { kind: 'status', status: 401, challenge: 'Negotiate' },
};

type FaultedRequest = Pick<ProxyRequest, 'method' | 'client' | 'path' | 'range'>;

/** The faults of one proxy, in the order in which they were added. */
export type Faults = {
  readonly add: (fault: Fault) => void;
  readonly clear: () => void;
  /** Returns the first fault that is left for a request, and counts it as used. */
  readonly take: (request: FaultedRequest) => FaultAction | undefined;
};

/** Returns an empty list of faults. */
export function newFaults(): Faults {
  let faults: { readonly fault: Fault; left: number }[] = [];
  return {
    add: (fault) => {
      faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
    },
    clear: () => {
      faults = [];
    },
    take: ({ method, client, path, range }) => {
      const hit = faults.find(
        ({ fault, left }) =>
          left > 0 &&
          (fault.method ?? method) === method &&
          (fault.client ?? client) === client &&
          (!fault.rest || range !== undefined) &&
          path.search(fault.path) !== -1,
      );
      if (hit) hit.left -= 1;
      return hit?.fault.action;
    },
  };
}

const errors: Readonly<Record<number, readonly [code: string, message: string]>> = {
  401: ['UNAUTHORIZED', 'authentication required'],
  403: ['DENIED', 'requested access to the resource is denied'],
  404: ['MANIFEST_UNKNOWN', 'manifest unknown'],
  429: ['TOOMANYREQUESTS', 'You have reached your pull rate limit.'],
  503: ['UNAVAILABLE', 'service unavailable'],
};

/** Returns the error body that registries send with a status: OCI distribution spec, "Error Codes". */
export function errorBody(status: number): string {
  const [code, message] = errors[status] ?? ['UNKNOWN', 'unknown error'];
  return `${JSON.stringify({ errors: [{ code, message }] })}\n`;
}

import { once } from 'node:events';
import type { FaultProxy } from './fault-proxy.js';
import { waitUntil } from './wait-until.js';

/** Requests that get no answer for now. */
export interface HeldRequests {
  /** Settles when the first has come. */
  readonly come: () => Promise<void>;
  /** Answers them, and all that follow. */
  readonly release: () => void;
}

/** Holds all requests to a proxy whose path matches. */
export function holdRequests(proxy: FaultProxy, path: RegExp): HeldRequests {
  const held = new AbortController();
  const until = once(held.signal, 'abort');
  proxy.forget();
  proxy.addFault({ path, action: { kind: 'hold', until } });
  return {
    come: async () => {
      await waitUntil('a request has come', () => proxy.requests().some((each) => path.test(each.path)));
    },
    release: () => held.abort(),
  };
}

import type { Failure } from '../../src/model/failure.js';
import type { PlannedImage, PlannedLayer } from '../../src/model/plan.js';
import type { RemoteContent } from '../../src/model/remote-content.js';
import type { RunningLane, StartLane } from '../../src/pull/lanes.js';
import type { FetchEnd, Relay, RelayObserver, ServedImage } from '../../src/tools/relay/relay.js';
import { plannedImage } from '../support/planned-image.js';
import type { VirtualTime } from '../support/virtual-timer.js';

/** What comes of one request for a blob. */
export interface ScriptedFetch {
  /** How long it takes; Infinity: nothing comes, and it never ends. */
  readonly ms?: number;
  /** How much is here when it fails. */
  readonly bytes?: number;
  /** Without one, all of it comes. */
  readonly end?: Extract<FetchEnd, { kind: 'failed' }>;
  /** How long it takes to end once it is stopped. */
  readonly stopMs?: number;
}

/** By digest; the last request is like all that follow. */
export type FetchScript = Readonly<Record<string, readonly ScriptedFetch[]>>;

export interface ScriptedRequest {
  readonly digest: string;
  readonly registry: string;
  readonly fromMs: number;
  untilMs: number | undefined;
}

/** What podman makes of an image once all its blobs are there; what is thrown ends the whole run. */
export type PodmanScript = Readonly<Record<string, Failure | Error>>;

export interface ScriptedRelay {
  readonly relay: Relay;
  readonly listen: (observer: RelayObserver) => void;
  readonly requests: readonly ScriptedRequest[];
  readonly served: readonly ServedImage[];
  readonly refused: readonly string[];
  readonly discarded: readonly string[];
  readonly released: readonly string[];
  readonly startLane: StartLane;
  /** The references of each podman that was started. */
  readonly lists: readonly (readonly string[])[];
  /** What is in the store. */
  readonly stored: Set<string>;
  /** Requests and podmans that have not ended. */
  running(): number;
}

export interface RelayScript {
  readonly fetches?: FetchScript;
  readonly podman?: PodmanScript;
  /** Blobs whose bytes are wrong, as podman notices. */
  readonly corrupt?: readonly string[];
  /** Images at which a podman is ended by others, as it was before 5.3: with status 0. The next one comes further. */
  readonly dies?: readonly string[];
  /** What earlier runs have kept, in bytes. */
  readonly kept?: Readonly<Record<string, number>>;
  /** How long podman unpacks a layer. */
  readonly unpackMs?: number;
  /** How long a podman takes to end once it is stopped. */
  readonly endMs?: number;
}

/** A relay whose blobs come as a script says, and podmans that ask it for what the store does not have. */
export function scriptedRelay(
  { timer }: Pick<VirtualTime, 'timer'>,
  {
    fetches = {},
    podman = {},
    corrupt = [],
    dies = [],
    kept = {},
    unpackMs = 10,
    endMs = 0,
  }: RelayScript = {},
): ScriptedRelay {
  let observer: RelayObserver | undefined;
  let lanes = 0;
  const never = new AbortController().signal;
  const requests: ScriptedRequest[] = [];
  const served: ServedImage[] = [];
  const refused = new Set<string>();
  const allRefused: string[] = [];
  const discarded: string[] = [];
  const released: string[] = [];
  const died = new Set<string>();
  const lists: (readonly string[])[] = [];
  const stored = new Set<string>();
  const received = new Map(Object.entries(kept));
  const complete = new Set<string>();
  let waiters: (() => void)[] = [];
  const wake = () => {
    const woken = waiters;
    waiters = [];
    for (const each of woken) each();
  };
  const changed = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      waiters.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  const sizeOf = (digest: string) => served.findLast(({ layers }) => layers.has(digest))?.layers.get(digest);
  const arrive = (digest: string, bytes: number) => {
    received.set(digest, bytes);
    observer?.onArrived(digest, bytes, sizeOf(digest) ?? null);
  };

  const fetch: Relay['fetch'] = async (digest, source, { signal }) => {
    if (requests.some((each) => each.digest === digest && each.untilMs === undefined))
      throw new Error(`${digest} is fetched already`);
    const steps = fetches[digest] ?? [{}];
    const before = requests.filter((each) => each.digest === digest).length;
    const { ms = 10, bytes, end, stopMs = 0 } = steps[Math.min(before, steps.length - 1)] ?? {};
    const request: ScriptedRequest = {
      digest,
      registry: source.registry,
      fromMs: timer.monotonicMs(),
      untilMs: undefined,
    };
    requests.push(request);
    refused.delete(digest);
    try {
      const size = sizeOf(digest) ?? 0;
      const from = received.get(digest) ?? 0;
      await timer.sleep(ms / 2, signal);
      if (!signal.aborted && end === undefined && size > 0)
        arrive(digest, from + Math.floor((size - from) / 2));
      await timer.sleep(ms / 2, signal);
      if (signal.aborted) {
        await timer.sleep(stopMs, never);
        return { kind: 'stopped' };
      }
      if (end !== undefined) {
        if (bytes !== undefined) arrive(digest, bytes);
        return end;
      }
      if (size > 0) arrive(digest, size);
      complete.add(digest);
      return { kind: 'complete' };
    } finally {
      request.untilMs = timer.monotonicMs();
      wake();
    }
  };

  /** podman pulls one image of its list. */
  async function pull(
    { resolved, layers, content }: PlannedImage,
    signal: AbortSignal,
  ): Promise<Failure | null | 'stopped'> {
    const blobs = served.findLast((each) => each.content === content)?.layers.keys() ?? [];
    for (const digest of blobs) {
      if (stored.has(digest) || layers?.find((layer) => layer.digest === digest)?.present) continue;
      if (!complete.has(digest)) observer?.onAsked(digest);
      while (!complete.has(digest) && !refused.has(digest) && !signal.aborted) await changed(signal);
      if (refused.has(digest))
        return { code: 'denied', kind: 'permanent', message: 'the relay says no', hint: null };
      await timer.sleep(unpackMs, signal);
      if (signal.aborted) return 'stopped';
      if (corrupt.includes(digest))
        return { code: 'corrupt', kind: 'transient', message: 'Digest did not match', hint: null };
      stored.add(digest);
    }
    const failure = podman[resolved.image.reference.text];
    if (failure instanceof Error) throw failure;
    return failure ?? null;
  }

  const startLane: StartLane = (images, _, onId, signal): RunningLane => {
    lists.push(images.map(({ resolved }) => resolved.image.reference.text));
    const run = async () => {
      lanes += 1;
      let last: Failure | undefined;
      const ids: string[] = [];
      try {
        for (const image of images) {
          const { text } = image.resolved.image.reference;
          if (dies.includes(text) && !died.has(text)) {
            died.add(text);
            break;
          }
          const failure = await pull(image, signal);
          if (failure === 'stopped') {
            await timer.sleep(endMs, never);
            return { result: { kind: 'stopped' }, tried: [] } as const;
          }
          if (failure !== null) last = failure;
          else {
            const id = idOf(text);
            ids.push(id);
            onId(id);
          }
        }
        if (last !== undefined) return { result: { kind: 'failed', failure: last }, tried: [] } as const;
        return { result: { kind: 'pulled', ids }, tried: [] } as const;
      } finally {
        lanes -= 1;
      }
    };
    return { copied: () => 0, group: () => undefined, ended: run() };
  };

  const relay: Relay = {
    host: '127.0.0.1:1',
    address: '127.0.0.1:1/secret',
    isPrivileged: true,
    locationOf: (registry) => `127.0.0.1:1/secret/${registry}`,
    lookasideOf: () => 'http://127.0.0.1:1/secret',
    serve: (image) => void served.push(image),
    fetch,
    refuse: (digest) => {
      refused.add(digest);
      allRefused.push(digest);
      wake();
    },
    discard: (digest) => {
      received.delete(digest);
      complete.delete(digest);
      discarded.push(digest);
    },
    release: (digest) => void released.push(digest),
    received: (digest) => received.get(digest) ?? 0,
    origins: () => [],
    close: async () => undefined,
  };
  return {
    relay,
    listen: (listener) => {
      observer = listener;
    },
    requests,
    served,
    refused: allRefused,
    discarded,
    released,
    startLane,
    lists,
    stored,
    running: () => requests.filter(({ untilMs }) => untilMs === undefined).length + lanes,
  };
}

/** The ID that podman prints for an image. */
export function idOf(reference: string): string {
  return `id of ${reference}`;
}

/** What a registry said of an image. */
export function contentOf(reference: string, registries: readonly string[] = ['r.io']): RemoteContent {
  return {
    name: reference.split(':')[0] ?? '',
    manifests: [],
    config: { digest: `sha256:${idOf(reference)}`, size: 10, bytes: Buffer.alloc(10) },
    sources: registries.map((registry) => ({
      registry,
      repository: 'app',
      reference: '1',
      isInsecure: false,
      certificates: [],
      credentials: async () => ({ kind: 'anonymous' }),
    })),
    hasForeignLayers: false,
  };
}

/** An image whose registry was asked, with layers that are missing unless they say otherwise. */
export function relayedImage(
  reference: string,
  layers: readonly (Omit<PlannedLayer, 'present'> & { readonly present?: boolean })[],
  registries?: readonly string[],
): PlannedImage {
  return plannedImage(reference, {
    digest: `sha256:of ${reference}`,
    content: contentOf(reference, registries),
    layers: layers.map((layer) => ({ present: false, ...layer })),
  });
}

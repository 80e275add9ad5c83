/** How long a podman takes from its start until bytes flow, and then some. */
const headStartMs = 1500;
/** What a link is taken to carry until more was seen, in bytes per second. */
const firstGuess = 10_000_000;
/** Over a shorter time the first buffers make any link look fast. */
const spanMs = 1000;

/** What the link carries, and whether there is enough to keep it busy. */
export interface LinkLoad {
  /** Takes what all pulls together have received so far, in bytes. */
  measure(received: number, nowMs: number): void;
  /** Whether so many bytes keep the link busy for as long as another pull takes to begin. */
  isBusyWith(bytes: number): boolean;
}

/**
 * More pulls at a time than keep the link busy share its bandwidth, so that they all end at the same time, and the
 * link is idle while the last of them unpack and the next ones begin. The fastest second of the run is taken for
 * what the link carries: it is idle at times, and never faster than it is.
 */
export function linkLoad(): LinkLoad {
  let fastest = 0;
  let from: { readonly received: number; readonly atMs: number } | undefined;
  return {
    measure: (received, nowMs) => {
      from ??= { received, atMs: nowMs };
      const ms = nowMs - from.atMs;
      if (ms < spanMs) return;
      fastest = Math.max(fastest, ((received - from.received) * 1000) / ms);
      from = { received, atMs: nowMs };
    },
    isBusyWith: (bytes) => bytes * 1000 >= Math.max(fastest, firstGuess) * headStartMs,
  };
}

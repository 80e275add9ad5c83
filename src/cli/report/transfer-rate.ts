/** What had arrived at some moments of the last seconds, oldest first. */
export type Samples = readonly Sample[];

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

const windowMs = 5000;
/** Samples that are closer together say nothing new. */
const spacingMs = 250;
/** Over a shorter time the first buffers make any link look fast. */
const shortestSpanMs = 1000;

/** The samples with one more: `bytes` is the count from the beginning, not since the last one. */
export function withSample(samples: Samples, bytes: number, nowMs: number): Samples {
  const recent = samples.slice(baseIndex(samples, nowMs));
  const [last, beforeLast] = [recent.at(-1), recent.at(-2)];
  // Bytes that were wrong are none any more.
  if (last !== undefined && bytes < last.bytes) return [{ atMs: nowMs, bytes }];
  const isClose = last !== undefined && beforeLast !== undefined && last.atMs - beforeLast.atMs < spacingMs;
  return [...(isClose ? recent.slice(0, -1) : recent), { atMs: nowMs, bytes }];
}

/** Bytes per second over the last five seconds; null until there is a second to judge by. */
export function transferRate(samples: Samples, nowMs: number): number | null {
  const [base, last] = [samples[baseIndex(samples, nowMs)], samples.at(-1)];
  if (base === undefined || last === undefined || nowMs - base.atMs < shortestSpanMs) return null;
  return ((last.bytes - base.bytes) * 1000) / (nowMs - base.atMs);
}

/** Of the newest sample from before the window: what came after it came within the window. */
function baseIndex(samples: Samples, nowMs: number): number {
  return Math.max(
    0,
    samples.findLastIndex(({ atMs }) => atMs <= nowMs - windowMs),
  );
}

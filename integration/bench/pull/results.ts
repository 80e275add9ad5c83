import type { Run } from './run.js';

/** What results/pull.json holds. */
export type Results = {
  readonly machine: {
    readonly node: string;
    readonly podman: string;
    readonly kernel: string;
    readonly processors: number;
  };
  /** See `Link` for what each kind counts. */
  readonly link: 'kernel' | 'proxy';
  readonly scenarios: readonly ScenarioResult[];
};

export type ScenarioResult = {
  readonly name: string;
  readonly title: string;
  readonly images: number;
  /** Of the link. */
  readonly bytesPerSecond: number;
  /** Bytes that have to be downloaded: every missing layer, config and manifest once. */
  readonly uniqueBytes: number;
  readonly uniqueBlobs: number;
  /** `uniqueBytes` ÷ bandwidth. */
  readonly limitMs: number;
  /** Whether the registry was made to fail, so that a contender may end without all images. */
  readonly unavailable: boolean;
  /** How often each run was killed and begun again. */
  readonly kills: number;
  readonly contenders: readonly ContenderResult[];
};

export type ContenderResult = { readonly contender: string; readonly runs: readonly Run[] };

export type Spread = { readonly median: number; readonly min: number; readonly max: number };

/** The spread of a figure over the complete runs; undefined when there are none. */
export function spread(
  result: ContenderResult | undefined,
  figure: (run: Run) => number,
): Spread | undefined {
  return spreadOf((result?.runs ?? []).filter(({ complete }) => complete).map(figure));
}

/**
 * The spread of the ratios between two contenders' runs of the same round, which met the same moments of the machine;
 * undefined when they completed none together.
 */
export function pairedRatios(
  one: ContenderResult | undefined,
  other: ContenderResult | undefined,
  figure: (run: Run) => number,
): Spread | undefined {
  const complete = (result: ContenderResult | undefined) =>
    (result?.runs ?? []).filter((run) => run.complete);
  const theirs = new Map(complete(other).map((run) => [run.round, figure(run)]));
  return spreadOf(
    complete(one).flatMap((run) => {
      const value = theirs.get(run.round);
      return value === undefined || value === 0 ? [] : [figure(run) / value];
    }),
  );
}

function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  const [low = 0, high = low] = sorted.slice(Math.floor((sorted.length - 1) / 2));
  return { median: sorted.length % 2 === 0 ? (low + high) / 2 : low, min, max };
}

/** What a contender did in a scenario; undefined when it took no part. */
export function resultOf(scenario: ScenarioResult, contender: string): ContenderResult | undefined {
  return scenario.contenders.find((result) => result.contender === contender);
}

import type { Contender } from './contender.js';
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
  readonly link: { readonly kind: 'kernel' | 'proxy'; readonly bytesPerSecond: number };
  readonly scenarios: readonly ScenarioResult[];
};

export type ScenarioResult = {
  readonly name: string;
  readonly title: string;
  readonly images: number;
  /** Bytes that have to be downloaded: every missing layer, config and manifest once. */
  readonly uniqueBytes: number;
  /** `uniqueBytes` ÷ bandwidth. */
  readonly limitMs: number;
  /** Whether the registry was made to fail, so that a contender may end without all images. */
  readonly unavailable: boolean;
  readonly contenders: readonly ContenderResult[];
};

export type ContenderResult = { readonly contender: Contender; readonly runs: readonly Run[] };

export type Spread = { readonly median: number; readonly min: number; readonly max: number };

/** The spread of a figure over the complete runs; undefined when there are none. */
export function spread(
  result: ContenderResult | undefined,
  figure: (run: Run) => number,
): Spread | undefined {
  const values = (result?.runs ?? []).filter(({ complete }) => complete).map(figure);
  const sorted = values.sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  const [low = 0, high = low] = sorted.slice(Math.floor((sorted.length - 1) / 2));
  return { median: sorted.length % 2 === 0 ? (low + high) / 2 : low, min, max };
}

/** What a contender did in a scenario; undefined when it took no part. */
export function resultOf(scenario: ScenarioResult, contender: Contender): ContenderResult | undefined {
  return scenario.contenders.find((result) => result.contender === contender);
}

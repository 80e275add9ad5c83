import type { LayerSpec } from '../../support/layer.js';

/** An image of a scenario; `slow` puts it into the registry that has less bandwidth than the link. */
export type ScenarioImage = {
  readonly name: string;
  readonly layers: readonly LayerSpec[];
  readonly slow?: boolean;
};

/** One situation in which images are pulled. */
export type Scenario = {
  readonly name: string;
  /** What a reader of the chart sees. */
  readonly title: string;
  readonly images: readonly ScenarioImage[];
  /** Of the link. */
  readonly bytesPerSecond: number;
  /** What the store holds before each run. */
  readonly present?: readonly ScenarioImage[];
  /** How long the registry waits before it answers a request. */
  readonly latencyMs?: number;
  /** The share of requests that the registry answers with 503. */
  readonly unavailable?: number;
  /** The bandwidth of the slow registry. */
  readonly slowBytesPerSecond?: number;
  /** So often a run is killed, each time at another moment, and begun again. */
  readonly kills?: number;
  /** Only builds of this program run, once: a measurement of what no other way can do, or of memory. */
  readonly alone?: boolean;
};

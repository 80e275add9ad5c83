import { others, ours } from './contender.js';
import { pairedRatios, type Results, resultOf, type ScenarioResult, spread } from './results.js';
import type { Run } from './run.js';

/** A goal of the project, and how this run stands to it. */
export type Verdict = {
  readonly scenario: string;
  readonly wanted: string;
  readonly figure: string;
  readonly reached: boolean;
};

type Rule = (scenario: ScenarioResult) => Verdict | undefined;

const wallMs = (run: Run) => run.wallMs;
const cpuMs = (run: Run) => run.cpuMs;

// A shorter pull is mostly the start of programs.
const bandwidthBoundMs = 10_000;

// Of smaller ones, headers and what has to be asked twice are no longer next to nothing.
const largeBlobBytes = 5e6;

// What is on its way when a run is killed.
const lostBytes = 1e6;

const gigabit = 1e9 / 8;

const rules: readonly Rule[] = [
  (scenario) => {
    const mine = resultOf(scenario, ours)?.runs ?? [];
    const complete = mine.filter((run) => run.complete).length;
    const figure = `${complete} of ${mine.length}`;
    return verdict(scenario, 'every image in every run', figure, complete === mine.length);
  },
  (scenario) => {
    const most = mostBytes(scenario);
    if (most === undefined) return undefined;
    const bytes = spread(resultOf(scenario, ours), (run) => run.wireBytes / scenario.uniqueBytes);
    return bytes && atMost(scenario, 'bytes', most, 'unique', bytes.max);
  },
  (scenario) => {
    if (scenario.limitMs < bandwidthBoundMs || isAlone(scenario)) return undefined;
    const wall = spread(resultOf(scenario, ours), (run) => run.wallMs / scenario.limitMs);
    return wall && atMost(scenario, 'wall', 1.05, 'limit', wall.median);
  },
  (scenario) => {
    const most = scenario.bytesPerSecond > gigabit ? 1.15 : 1.03;
    const ratios = others.flatMap((name) => {
      const paired = pairedRatios(resultOf(scenario, ours), resultOf(scenario, name), wallMs);
      return paired ? [{ name, ratio: paired.median }] : [];
    });
    const [worst] = ratios.sort((a, b) => b.ratio - a.ratio);
    return worst && atMost(scenario, 'wall', most, 'the best other', worst.ratio, worst.name);
  },
  (scenario) => {
    const paired = pairedRatios(resultOf(scenario, ours), resultOf(scenario, 'one process'), cpuMs);
    return paired && atMost(scenario, 'CPU', 1.3, 'one process', paired.median);
  },
  fasterIn('shared-base', 'plain parallel', 4),
  fasterIn('small-latency', 'one by one', 3),
  fasterIn('present', 'one by one', 8),
  (scenario) => {
    if (scenario.name !== 'one-changed') return undefined;
    const paired = pairedRatios(resultOf(scenario, ours), resultOf(scenario, 'one process'), wallMs);
    return paired && atMost(scenario, 'wall', 1, 'one process', paired.median);
  },
  (scenario) => {
    if (scenario.name !== 'unavailable') return undefined;
    const wall = spread(resultOf(scenario, ours), (run) => run.wallMs / 1000)?.median;
    return wall === undefined
      ? undefined
      : verdict(scenario, 'wall <= 3 s', `${wall.toFixed(2)} s`, wall <= 3);
  },
  (scenario) => {
    if (scenario.name !== 'memory') return undefined;
    const own = spread(resultOf(scenario, ours), (run) => run.peakOwnBytes / 1e6);
    return own && verdict(scenario, 'own process < 120 MB', `${own.max.toFixed(1)} MB`, own.max < 120);
  },
];

/** Judges our own figures by the goals; medians for times, the worst run for all else. */
export function judge({ scenarios }: Results): readonly Verdict[] {
  return scenarios.flatMap((scenario) => rules.flatMap((rule) => rule(scenario) ?? []));
}

/** How often the unique bytes may go over the link; undefined where that is no question. */
function mostBytes(scenario: ScenarioResult): number | undefined {
  if (scenario.kills > 0)
    return 1 + Math.round((scenario.kills * lostBytes * 100) / scenario.uniqueBytes) / 100;
  // Layers of a kilobyte, which headers outweigh.
  if (scenario.uniqueBytes === 0 || isAlone(scenario)) return undefined;
  return scenario.uniqueBytes / scenario.uniqueBlobs >= largeBlobBytes ? 1.005 : 1.01;
}

/** No other way took part. */
function isAlone(scenario: ScenarioResult): boolean {
  return others.every((name) => resultOf(scenario, name) === undefined);
}

function fasterIn(name: string, other: string, factor: number): Rule {
  return (scenario) => {
    if (scenario.name !== name) return undefined;
    const paired = pairedRatios(resultOf(scenario, other), resultOf(scenario, ours), wallMs);
    // Judged as it is shown.
    const ratio = paired?.median.toFixed(2);
    return ratio === undefined
      ? undefined
      : verdict(scenario, `>= ${factor} × as fast as ${other}`, `${ratio} ×`, Number(ratio) >= factor);
  };
}

/** Judged as it is shown, so that a thousandth of noise is no defeat. */
function atMost(
  scenario: ScenarioResult,
  what: string,
  most: number,
  unit: string,
  figure: number,
  remark?: string,
): Verdict {
  const shown = figure.toFixed(3);
  const wanted = `${what} <= ${most} × ${unit}`;
  return verdict(scenario, wanted, remark ? `${shown} (${remark})` : shown, Number(shown) <= most);
}

function verdict({ name }: ScenarioResult, wanted: string, figure: string, reached: boolean): Verdict {
  return { scenario: name, wanted, figure, reached };
}

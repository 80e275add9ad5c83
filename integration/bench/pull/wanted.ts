import { type Contender, contenders, ours } from './contender.js';
import { type Results, resultOf, type ScenarioResult, spread } from './results.js';
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
const others = contenders.filter((contender) => contender !== ours);

// A shorter pull is mostly the start of programs.
const bandwidthBoundMs = 10_000;

const rules: readonly Rule[] = [
  (scenario) => {
    const mine = resultOf(scenario, ours)?.runs ?? [];
    const complete = mine.filter((run) => run.complete).length;
    const figure = `${complete} of ${mine.length}`;
    return verdict(scenario, 'every image in every run', figure, complete === mine.length);
  },
  (scenario) => {
    // A scenario of ours alone has layers so small that headers outweigh them.
    if (scenario.uniqueBytes === 0 || scenario.contenders.length === 1) return undefined;
    const bytes = spread(resultOf(scenario, ours), (run) => run.wireBytes / scenario.uniqueBytes);
    return bytes && verdict(scenario, 'bytes <= 1.01 × unique', bytes.max.toFixed(3), bytes.max <= 1.01);
  },
  (scenario) => {
    if (scenario.limitMs < bandwidthBoundMs) return undefined;
    const wall = spread(resultOf(scenario, ours), (run) => run.wallMs / scenario.limitMs);
    return wall && verdict(scenario, 'wall <= 1.05 × limit', wall.median.toFixed(3), wall.median <= 1.05);
  },
  (scenario) => {
    const best = others
      .map((contender) => ({ contender, wall: spread(resultOf(scenario, contender), wallMs)?.median }))
      .filter((other) => other.wall !== undefined)
      .sort((a, b) => (a.wall ?? 0) - (b.wall ?? 0))[0];
    return best && timesFaster(scenario, best.contender, 1, 'the best other');
  },
  fasterIn('shared-base', 'plain parallel', 4),
  fasterIn('small-latency', 'one by one', 3),
  fasterIn('present', 'one by one', 10),
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

function fasterIn(name: string, other: Contender, factor: number): Rule {
  return (scenario) => (scenario.name === name ? timesFaster(scenario, other, factor) : undefined);
}

function timesFaster(
  scenario: ScenarioResult,
  other: Contender,
  factor: number,
  called: string = other,
): Verdict | undefined {
  const mine = spread(resultOf(scenario, ours), wallMs);
  const theirs = spread(resultOf(scenario, other), wallMs);
  if (mine === undefined || theirs === undefined) return undefined;
  // Judged as it is shown, so that a hundredth of noise is no defeat.
  const ratio = (theirs.median / mine.median).toFixed(2);
  const figure = called === other ? `${ratio} ×` : `${ratio} × (${other})`;
  return verdict(scenario, `>= ${factor} × as fast as ${called}`, figure, Number(ratio) >= factor);
}

function verdict({ name }: ScenarioResult, wanted: string, figure: string, reached: boolean): Verdict {
  return { scenario: name, wanted, figure, reached };
}

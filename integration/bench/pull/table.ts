import { ours } from './contender.js';
import { pairedRatios, type Results, resultOf, type ScenarioResult, type Spread, spread } from './results.js';
import type { Run } from './run.js';
import type { Verdict } from './wanted.js';

type Row = readonly string[];

/**
 * The figures of all contenders: medians of the complete runs, wall time with its smallest and largest. `ours ÷ it` is
 * the median of the ratios of the rounds, of wall time and of processor time.
 */
export function resultsTable({ scenarios }: Results): string {
  const times = ['scenario', 'contender', 'wall s', 'min–max', '÷ limit', 'ours ÷ it', 'wire MB', '÷ unique'];
  const header = [...times, 'CPU s', 'ours ÷ its', 'own CPU s', 'tree MB', 'own MB', 'complete'];
  return columns([header, ...scenarios.flatMap(scenarioRows)], 2);
}

function scenarioRows(scenario: ScenarioResult): readonly Row[] {
  const { name, limitMs, uniqueBytes, contenders } = scenario;
  const limit = [name, 'limit', seconds(limitMs), '', '', '', megabytes(uniqueBytes)];
  const mine = resultOf(scenario, ours);
  const rows = contenders.map((result): Row => {
    const paired = (figure: (run: Run) => number) =>
      result === mine ? '' : cell(pairedRatios(mine, result, figure), (ratio) => ratio.toFixed(2));
    const wall = spread(result, (run) => run.wallMs);
    const wire = spread(result, (run) => run.wireBytes);
    const peakOwn = spread(result, (run) => run.peakOwnBytes);
    const complete = result.runs.filter((run) => run.complete).length;
    return [
      name,
      result.contender,
      cell(wall, seconds),
      wall && result.runs.length > 1 ? `${seconds(wall.min)}–${seconds(wall.max)}` : '',
      limitMs > 0 ? cell(wall, (ms) => (ms / limitMs).toFixed(2)) : '',
      paired((run) => run.wallMs),
      cell(wire, megabytes),
      uniqueBytes > 0 ? cell(wire, (bytes) => (bytes / uniqueBytes).toFixed(3)) : '',
      cell(
        spread(result, (run) => run.cpuMs),
        seconds,
      ),
      paired((run) => run.cpuMs),
      result.contender === ours
        ? cell(
            spread(result, (run) => run.ownCpuMs),
            seconds,
          )
        : '',
      cell(
        spread(result, (run) => run.peakTreeBytes),
        megabytes,
      ),
      result.contender === ours ? cell(peakOwn, megabytes) : '',
      `${complete} of ${result.runs.length}${complete < result.runs.length ? ' FAILED' : ''}`,
    ];
  });
  return [limit, ...rows];
}

/** The goals of the project beside this run's figures. */
export function verdictsTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ scenario, wanted, figure, reached }) => {
    return [scenario, wanted, reached ? 'reached' : 'not reached', figure];
  });
  return columns(rows, 4);
}

function cell(spread: Spread | undefined, format: (value: number) => string): string {
  return spread === undefined ? '-' : format(spread.median);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** As wide as the widest cell of a column; the first `left` columns to the left and the others to the right. */
function columns(rows: readonly Row[], left: number): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: Row) =>
    widths.map((width, column) => {
      const text = row[column] ?? '';
      return column < left ? text.padEnd(width) : text.padStart(width);
    });
  return rows.map((row) => line(row).join('  ').trimEnd()).join('\n');
}

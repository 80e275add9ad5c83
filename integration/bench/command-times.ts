import { execOk } from '../support/exec.js';

/** A command of which the whole run is measured, start-up included. */
export interface MeasuredCommand {
  readonly name: string;
  /** How many entries the root has that it reads; null for none. */
  readonly entries: number | null;
  /** The node of this process unless told. */
  readonly program?: string;
  readonly args: readonly string[];
}

export interface CommandTime extends Pick<MeasuredCommand, 'name' | 'entries'> {
  /** The median. */
  readonly ms: number;
}

export const nodeStart: MeasuredCommand = { name: 'node -e 0', entries: null, args: ['-e', '0'] };

/** The median wall times of the commands, which take turns in both directions. */
export async function measure(
  commands: readonly MeasuredCommand[],
  runs: number,
): Promise<readonly CommandTime[]> {
  const times = new Map(commands.map((command) => [command, [] as number[]]));
  // The first round fills the page cache and does not count.
  for (let run = -1; run < runs; run += 1) {
    for (const [{ program = process.execPath, args }, ms] of run % 2 === 0 ? times : [...times].reverse()) {
      const startedAt = performance.now();
      await execOk(program, args);
      if (run >= 0) ms.push(performance.now() - startedAt);
    }
  }
  return [...times].map(([{ name, entries }, ms]) => ({ name, entries, ms: median(ms) }));
}

/** The time of one of the commands; NaN if it was not measured. */
export function msOf(times: readonly CommandTime[], name: string, entries: number | null): number {
  return times.find((time) => time.name === name && time.entries === entries)?.ms ?? Number.NaN;
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Columns as wide as their widest cell, the first one to the left and the others to the right. */
export function table(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const header = Object.keys(rows[0] ?? {});
  const lines = [header, ...rows.map((row) => Object.values(row).map(String))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) => {
      return line
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column === 0 ? cell.padEnd(width) : cell.padStart(width);
        })
        .join('  ');
    })
    .join('\n');
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = sorted.length % 2 === 0 ? sorted.slice(middle - 1) : sorted.slice(middle);
  return sorted.length % 2 === 0 ? (low + high) / 2 : low;
}

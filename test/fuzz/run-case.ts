import type { Diagnostic } from '../../src/diagnostic/diagnostic.js';
import { type Checked, checkCase } from './check-case.js';
import type { FuzzCase } from './fuzz-case.js';

export interface CaseResult {
  /** Of a processor. */
  readonly ms: number;
  readonly findings: number;
  /** What does not hold; nothing when all is well. */
  readonly problems: readonly string[];
}

/** What a terminal acts upon, and what hides or reorders the text that a reader sees; not the line feed. */
const unprintable = /(?!\n)[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;

/** With the u flag, a surrogate that is one of a pair is part of a character. */
const halfCharacter = /[\ud800-\udfff]/u;

/**
 * The most that an input may take of a processor. It is far more than any takes, so that a slow machine is no failure,
 * and grows with the length and what is found only: what is quadratic in some hundred kilobytes takes longer.
 */
const boundMs = (sizeBytes: number, findings: number) => 200 + sizeBytes / 100 + findings / 2;

/** How often an input is checked before it counts as slow. */
const slowRuns = 10;

/** Checks a case and returns what does not hold: no exception, bounded time, nothing unprintable in what is shown. */
export async function runCase(fuzzCase: FuzzCase): Promise<CaseResult> {
  try {
    const first = await timed(fuzzCase);
    const bound = boundMs(fuzzCase.sizeBytes, first.diagnostics.length);
    let { ms } = first;
    // Code may have been compiled or memory collected that others had used, or another machine had the processor: what is
    // too slow is so every time.
    for (let run = 1; ms > bound && run < slowRuns; run += 1) ms = Math.min(ms, (await timed(fuzzCase)).ms);
    const slow = ms > bound ? [`${Math.round(ms)} ms for ${fuzzCase.sizeBytes} bytes`] : [];
    return { ms, findings: first.diagnostics.length, problems: [...slow, ...shownProblems(first)] };
  } catch (error) {
    return {
      ms: 0,
      findings: 0,
      problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    };
  }
}

async function timed(fuzzCase: FuzzCase): Promise<Checked & { readonly ms: number }> {
  const before = process.cpuUsage();
  const checked = await checkCase(fuzzCase);
  const { user, system } = process.cpuUsage(before);
  return { ...checked, ms: (user + system) / 1000 };
}

function shownProblems({ diagnostics, output }: Checked): readonly string[] {
  return [
    ...Object.entries(output).flatMap(([format, text]) => textProblems(`${format} output`, text)),
    ...diagnostics.flatMap(diagnosticProblems),
  ];
}

function diagnosticProblems(diagnostic: Diagnostic): readonly string[] {
  const { rule, line, column } = diagnostic;
  const texts = Object.entries(diagnostic).filter(([, value]) => typeof value === 'string');
  const places = [line, column].filter((place) => place !== null && !(Number.isInteger(place) && place > 0));
  return [
    ...texts.flatMap(([key, value]) => textProblems(`${key} of ${rule}`, String(value))),
    ...places.map((place) => `${rule} is at ${place}`),
  ];
}

function textProblems(what: string, text: string): readonly string[] {
  const at = unprintable.exec(text);
  const shown =
    at === null
      ? []
      : [`${what} has ${JSON.stringify(text.slice(Math.max(at.index - 40, 0), at.index + 20))}`];
  return halfCharacter.test(text) ? [...shown, `${what} has half a character`] : shown;
}

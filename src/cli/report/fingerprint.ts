import { createHash } from 'node:crypto';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';

/** What tells a finding from another, and is the same in the next run. */
export interface Fingerprint {
  /** In hexadecimal. The same as long as the line says the same, wherever it is. */
  readonly print: string;
  /** Of the findings of a run that look the same: 1 for the first. */
  readonly count: number;
}

/** Fingerprints of the findings of a run, asked for in their order. */
export function fingerprints(): (diagnostic: Diagnostic) => Fingerprint {
  const counts = new Map<string, number>();
  return (diagnostic) => {
    const print = printOf(diagnostic);
    const count = (counts.get(print) ?? 0) + 1;
    counts.set(print, count);
    return { print, count };
  };
}

/** From what is shown of the line, which has no secrets. */
function printOf({ rule, file, excerpt, line, message }: Diagnostic): string {
  const shown = excerpt?.split('\n').find((row) => Number.parseInt(row, 10) === line);
  const text = shown?.replace(/^ *\d+ \|/, '') ?? message;
  return createHash('sha256')
    .update(JSON.stringify([rule, file, text]))
    .digest('hex')
    .slice(0, 32);
}

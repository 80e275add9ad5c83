import { printableJson, printableOutput } from '../text/printable.js';
import { writeInParts } from './report/unread.js';

/** Writes a result to stdout; JSON ends with a line feed like any line. */
export function writeResult(result: string | object): void {
  process.stdout.write(
    typeof result === 'string' ? printableOutput(result) : `${printableJson(result, 2)}\n`,
  );
}

/** Writes what is no result: progress, findings, errors. */
export function writeNote(text: string): void {
  writeInParts(process.stderr, printableOutput(text));
}

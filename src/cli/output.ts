import { printableJson, printableOutput } from '../text/printable.js';
import { errorJson, type ReportedError } from './report/error.js';
import { writeInParts } from './report/unread.js';

let isWritten = false;

/** Writes a result to stdout; JSON ends with a line feed like any line. */
export function writeResult(result: string | object): void {
  isWritten = true;
  process.stdout.write(
    typeof result === 'string' ? printableOutput(result) : `${printableJson(result, 2)}\n`,
  );
}

/** Writes why there is no result, for a program. What has a result has told it there: stdout is one object. */
export function writeError(error: ReportedError): void {
  if (!isWritten) writeResult(errorJson(error));
}

/** Writes what is no result: progress, findings, errors. */
export function writeNote(text: string): void {
  writeInParts(process.stderr, printableOutput(text));
}

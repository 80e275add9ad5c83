import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { printable } from '../text/printable.js';
import type { Trace } from '../tools/process/run.js';
import { findingInOptions } from './hints.js';
import type { RootOptions } from './options.js';
import { writeNote } from './output.js';
import { diagnosticsText } from './report/diagnostics-text.js';

/** Shows findings to a person; JSON has them in its result. */
export function showFindings(
  diagnostics: readonly Diagnostic[],
  { format, quiet }: Pick<RootOptions<string>, 'format' | 'quiet'>,
  write = writeNote,
): void {
  if (format === 'json') return;
  const shown = quiet ? diagnostics.filter(({ severity }) => severity === 'error') : diagnostics;
  if (shown.length > 0) write(diagnosticsText(shown.map(findingInOptions), process.stderr));
}

/** Says which program is about to be started. Command lines hold no secrets. */
export function traceCommands(write = writeNote): Trace {
  return (commandLine) => write(`$ ${printable(commandLine.join(' '))}\n`);
}

import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import { printable } from '../../text/printable.js';
import { findingInOptions } from '../hints.js';

/** A place as JSON has it. Names come from the root. */
export function placeJson({ entry, file, line, column, path }: Place): Required<Place> {
  return {
    entry: entry === null ? null : printable(entry),
    file: file === null ? null : printable(file),
    line,
    column,
    path: path ?? null,
  };
}

/** A finding likewise, in words of this command line. */
export function findingJson(finding: Diagnostic): Required<Diagnostic> {
  const { rule, severity, message, hint, excerpt, ...place } = findingInOptions(finding);
  return { rule, severity, ...placeJson(place), message, hint, excerpt };
}

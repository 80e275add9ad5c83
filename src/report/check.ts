import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { countText, diagnosticsText, plural } from './diagnostics-text.js';
import { schemaVersion } from './schema-version.js';

/** What `check --format json` prints. */
export function checkJson(root: string, diagnostics: readonly Diagnostic[]): object {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning').length;
  return { schemaVersion, root, diagnostics, summary: { errors, warnings } };
}

/** The same for a person. */
export function checkText(
  imageCount: number,
  diagnostics: readonly Diagnostic[],
  stream: NodeJS.WriteStream,
): string {
  const summary = `${plural(imageCount, 'bound image')}, ${countText(diagnostics)}\n`;
  return diagnosticsText(diagnostics, stream) + summary;
}

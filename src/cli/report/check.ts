import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { rulesUri } from '../../diagnostic/help-uri.js';
import { countText, diagnosticsText, plural } from './diagnostics-text.js';
import { schemaVersion } from './schema-version.js';

/** What was checked: a directory of this host, or an image. */
export type Checked =
  | { readonly root: string; readonly image: null }
  | { readonly root: null; readonly image: string };

/** What `check --format json` prints. */
export function checkJson({ root, image }: Checked, diagnostics: readonly Diagnostic[]): object {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning').length;
  return { schemaVersion, root, image, diagnostics, summary: { errors, warnings } };
}

/** The same for a person. */
export function checkText(
  imageCount: number,
  diagnostics: readonly Diagnostic[],
  stream: NodeJS.WriteStream,
): string {
  const counted = diagnostics.filter(({ severity }) => severity !== 'info');
  const files = new Set(counted.flatMap(({ file }) => file ?? [])).size;
  const where = files === 0 ? '' : ` in ${plural(files, 'file')}`;
  const summary = `${plural(imageCount, 'bound image')}, ${countText(diagnostics)}${where}\n`;
  if (diagnostics.length === 0) return summary;
  return `${diagnosticsText(diagnostics, stream)}\n${summary}rules explained: ${rulesUri}\n`;
}

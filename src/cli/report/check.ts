import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { printable } from '../../text/printable.js';
import { countText, diagnosticsText, plural } from './diagnostics-text.js';
import { findingJson } from './place-json.js';
import { schemaVersion } from './schema-version.js';
import { shownFile, shownPath } from './shown-path.js';

/** What was checked: a directory of this host, or an image. */
export type Checked =
  | { readonly root: string; readonly image: null }
  | { readonly root: null; readonly image: string };

/** What `check --format json` prints. */
export function checkJson({ root, image }: Checked, diagnostics: readonly Diagnostic[]): object {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning').length;
  return {
    schemaVersion,
    root,
    image,
    diagnostics: diagnostics.map(findingJson),
    summary: { errors, warnings },
  };
}

/** The same for a person. */
export function checkText(
  checked: Checked,
  imageCount: number,
  diagnostics: readonly Diagnostic[],
  stream: NodeJS.WriteStream,
): string {
  const summary = checkSummary(checked, imageCount, diagnostics);
  if (diagnostics.length === 0) return summary;
  return `${diagnosticsText(diagnostics, stream)}\n${summary}about a rule: bound-images explain RULE\n`;
}

/** What was checked, and how many findings there are: a check of the wrong directory is to be seen, too. */
export function checkSummary(
  { root, image }: Checked,
  imageCount: number,
  diagnostics: readonly Diagnostic[],
): string {
  const counted = diagnostics.filter(({ severity }) => severity !== 'info');
  const files = new Set(counted.flatMap((finding) => shownFile(finding) ?? [])).size;
  const where = files === 0 ? '' : ` in ${plural(files, 'file')}`;
  const name = root === null ? printable(image) : shownPath(root);
  return `${plural(imageCount, 'bound image')} in ${name}, ${countText(diagnostics)}${where}\n`;
}

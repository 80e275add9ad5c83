import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { rootPath } from '../model/path.js';
import type { RootView } from '../root/root-view.js';

/**
 * The findings, those about a line once: several links may lead to its file, as those of the instances of a template
 * do. The first of them stays.
 */
export function oncePerLine(diagnostics: readonly Diagnostic[], root: RootView): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter(({ rule, file, line, column, message }) => {
    if (file === null || line === null) return true;
    const key = JSON.stringify([rule, root.resolve(rootPath(file)).path, line, column, message]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

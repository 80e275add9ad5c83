import { withCodeFrames } from '../check/code-frames.js';
import { oncePerLine } from '../check/once-per-line.js';
import { withPath } from '../check/place-on-disk.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { RootView } from '../root/root-view.js';

/**
 * Findings as every operation hands them out: those about one line once, with the lines around it and with the file of
 * this host to open. `root` is the one that they are about.
 */
export function forReaders(diagnostics: readonly Diagnostic[], root: RootView): readonly Diagnostic[] {
  return withCodeFrames(oncePerLine(diagnostics, root), root).map((finding) => withPath(root, finding));
}

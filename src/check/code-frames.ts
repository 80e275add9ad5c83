import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { excerptsOf } from '../diagnostic/excerpt.js';
import { isAuthFile } from '../diagnostic/secret-ranges.js';
import { decodeName, rootPath } from '../model/path.js';
import { isInVar } from '../root/host-var.js';
import type { RootView } from '../root/root-view.js';
import { kindOf } from '../scan/quadlet/kinds.js';
import { configurationLimitBytes } from '../scan/unit/read.js';
import { memoized } from '../text/memoized.js';

/** What a configuration is called. A file of another name may be an auth file that only its author knows as one. */
function isConfiguration(path: string): boolean {
  return kindOf(path) !== undefined || /(?:\.(?:conf|toml|ya?ml)|\/policy\.json)$/.test(path);
}

/** Nobody reads more, and each costs the length of its line. */
const framesPerFile = 100;

/**
 * The findings, the first hundred of each file with the lines around their places, where they have none yet. Secrets
 * in these lines are masked.
 */
export function withCodeFrames(diagnostics: readonly Diagnostic[], root: RootView): readonly Diagnostic[] {
  const files = new Map<string, ReturnType<typeof excerptsOf> | undefined>();
  const counts = new Map<string, number>();
  // A link of the root may lead to any file there, and its text is not for whoever reads a finding.
  const isOfHost = memoized((file: string) => isInVar(root.resolve(rootPath(file)).path));
  return diagnostics.map((diagnostic) => {
    const { file, line, column } = diagnostic;
    if (file !== null && line !== null && isOfHost(file)) return { ...diagnostic, excerpt: null };
    if (diagnostic.excerpt !== null || file === null || line === null) return diagnostic;
    const count = (counts.get(file) ?? 0) + 1;
    if (count > framesPerFile) return diagnostic;
    counts.set(file, count);
    if (!files.has(file)) files.set(file, readExcerpts(file, root));
    return { ...diagnostic, excerpt: files.get(file)?.(line, column) ?? null };
  });
}

function readExcerpts(path: string, root: RootView): ReturnType<typeof excerptsOf> | undefined {
  if (!isConfiguration(path)) return undefined;
  const file = root.readFile(rootPath(path), { limitBytes: configurationLimitBytes });
  // With a NUL it is not text.
  if (!file.ok || file.bytes.includes(0)) return undefined;
  // As unit files are read: columns count bytes that are not UTF-8, too.
  const text = decodeName(file.bytes);
  return isAuthFile(text) ? undefined : excerptsOf(text);
}

import { type HostPath, isUtf8Name, type RootPath } from '../model/path.js';
import type { AuthFile } from '../model/resolved-image.js';
import type { Roots } from '../root/open-roots.js';
import { describeProblem, notUtf8 } from '../root/problem.js';
import type { RootView } from '../root/root-view.js';
import { memoized } from '../text/memoized.js';
import { parseAuthFile } from './auth-file.js';
import { rootOf } from './find-in-roots.js';

/** The largest auth file that is read, in bytes. */
const limitBytes = 1024 * 1024;

/** What there is at a place where an auth file may be; `root` is the one in which it really lives. */
export type FoundAuthFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable'; readonly root: 'new' | 'current'; readonly problem: string }
  | {
      readonly kind: 'usable';
      readonly root: 'new' | 'current';
      readonly hostPath: HostPath;
      readonly authFile: AuthFile;
    };

/** Makes a function that reads the auth file at a path of a root, each once. */
export function authFileReader(roots: Roots): (view: RootView, path: RootPath) => FoundAuthFile {
  const readers = memoized((view: RootView) => memoized((path: RootPath) => readAuthFile(roots, view, path)));
  return (view, path) => readers(view)(path);
}

function readAuthFile(roots: Roots, view: RootView, path: RootPath): FoundAuthFile {
  const file = view.readFile(path, { limitBytes });
  if (!file.ok) {
    const { problem } = file;
    if (problem.kind === 'missing' || problem.kind === 'not-a-directory') return { kind: 'absent' };
    return { kind: 'unusable', root: rootOf(roots, problem.hostPath), problem: describeProblem(problem) };
  }
  const { hostPath } = file;
  const root = rootOf(roots, hostPath);
  if (!isUtf8Name(hostPath)) return { kind: 'unusable', root, problem: notUtf8(hostPath) };
  const content = parseAuthFile(file.bytes);
  if (!content.ok) return { kind: 'unusable', root, problem: content.problem };
  return { kind: 'usable', root, hostPath, authFile: content.authFile };
}

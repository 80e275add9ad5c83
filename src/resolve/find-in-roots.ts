import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Sited } from '../model/bound-image.js';
import { type HostPath, isUtf8Name, rootPath } from '../model/path.js';
import type { Roots } from '../root/open-roots.js';
import { describeProblem, isOfUnknownHost, notUtf8 } from '../root/problem.js';
import type { Resolution, RootView } from '../root/root-view.js';

type Kind = 'file' | 'directory';

export type FoundInRoots =
  | { readonly ok: true; readonly view: RootView; readonly at: Resolution }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

/**
 * Looks a certificate directory, a key or the like up in the new root, then in the current one. Of several
 * paths the first that exists counts.
 */
export function findInRoots(
  what: string,
  kind: Kind,
  path: Sited<string | readonly string[]>,
  roots: Roots,
): FoundInRoots {
  const paths = [path.value].flat().map(rootPath);
  const unknown = paths.find((wanted) => isOfUnknownHost(roots.newRoot, roots.newRoot.resolve(wanted)));
  const places = [roots.newRoot, roots.current].flatMap((view) => paths.map((wanted) => ({ view, wanted })));
  for (const { view, wanted } of places) {
    if (view.label === null) continue;
    const at = view.resolve(wanted);
    if (at.kind === kind && isUtf8Name(at.hostPath)) return { ok: true, view, at };
    if (at.kind !== 'missing') {
      const problem = describeUnwanted(at, kind);
      return {
        ok: false,
        diagnostic: diagnose('path-unusable', path.place, { what, path: wanted, problem }),
      };
    }
  }
  if (unknown !== undefined)
    return { ok: false, diagnostic: diagnose('host-path-unknown', path.place, { what, path: unknown }) };
  const args = { what, path: paths.join(' or '), tried: triedRoots(roots) };
  return { ok: false, diagnostic: diagnose('path-missing', path.place, args) };
}

function describeUnwanted(at: Resolution, kind: Kind): string {
  if (at.kind === kind) return notUtf8(at.hostPath);
  switch (at.kind) {
    case 'file':
    case 'directory':
    case 'null':
    case 'other':
      return `${at.path} is not a ${kind === 'file' ? 'regular file' : 'directory'}`;
    default:
      return describeProblem(at);
  }
}

/** The roots in which a file was looked for, in words; once where both are the same directory. */
export function triedRoots({ newRoot, current }: Roots): readonly string[] {
  const views = current.label === newRoot.label ? [newRoot] : [newRoot, current];
  return views.flatMap(({ name, label }) => (label === null ? [] : [`the ${name} root (${label})`]));
}

/**
 * In which root a file really lives. A path of the new root may lead to the current root's file: what was
 * changed in /etc on this host is carried over to the next boot. One root may lie in the other.
 */
export function rootOf({ newRoot, current }: Roots, hostPath: HostPath): 'new' | 'current' {
  const depth = (root: HostPath) => (isInside(hostPath, root) ? root.length : -1);
  return depth(current.hostPath) > depth(newRoot.hostPath) ? 'current' : 'new';
}

function isInside(path: HostPath, directory: HostPath): boolean {
  return directory === '/' || path.startsWith(`${directory}/`);
}

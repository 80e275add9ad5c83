import type { Diagnostic, Place } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import type { PathReference, Reference } from '../reference/reference.js';
import { isUtf8Name, joinRootPath, type RootPath, rootPath } from '../root/path.js';
import { describeProblem, notUtf8 } from '../root/problem.js';
import type { RootView } from '../root/root-view.js';
import type { Finding } from './finding.js';

/**
 * What podman is to pull from. A path is looked up in the new root alone: an image that only the running
 * system has would be gone after the switch.
 */
export function resolveSource(reference: Reference, newRoot: RootView, place: Place): Finding<string> {
  if (reference.transport === 'docker') return { value: reference.text, diagnostics: [] };
  const { transport, rest } = reference;
  const path = rootPath(reference.path);
  const at = newRoot.resolve(path);
  const hostText = `${transport}:${at.hostPath}${rest === null ? '' : `:${rest}`}`;
  const problem = describeUnusable(reference, at, newRoot);
  if (problem === undefined) return { value: hostText, diagnostics: [] };
  return { value: hostText, diagnostics: [unusable(place, path, problem)] };
}

function describeUnusable(
  { transport }: PathReference,
  at: ReturnType<RootView['resolve']>,
  newRoot: RootView,
): string | undefined {
  const wanted = transport === 'oci' || transport === 'dir' ? 'directory' : 'file';
  if (!isUtf8Name(at.hostPath)) return notUtf8(at.hostPath);
  // podman splits the text at colons, and knows no way to write one.
  if (transport !== 'dir' && at.hostPath.includes(':')) return `${at.hostPath} holds a colon`;
  if (at.kind === 'file' || at.kind === 'directory') {
    if (at.kind !== wanted) return `${at.path} is a ${at.kind}`;
    const link = at.kind === 'directory' ? findLink(newRoot, at.path) : undefined;
    return link === undefined
      ? undefined
      : `${link} is a symbolic link, which podman would follow out of the root`;
  }
  if (at.kind === 'null' || at.kind === 'other') return `${at.path} is not a ${wanted}`;
  return describeProblem(at);
}

/** podman reads the files of a directory itself, so nothing in it may lead elsewhere. */
function findLink(view: RootView, directory: RootPath): RootPath | undefined {
  const listing = view.readDirectory(directory);
  if (!listing.ok) return undefined;
  for (const name of listing.names) {
    const path = joinRootPath(directory, name);
    const { kind } = view.entry(path);
    if (kind === 'symlink') return path;
    const inner = kind === 'directory' ? findLink(view, path) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function unusable(place: Place, path: RootPath, problem: string): Diagnostic {
  return diagnose('path-unusable', place, { what: 'image', path, problem });
}

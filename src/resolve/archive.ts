import { closeSync } from 'node:fs';
import { lookInto } from '../archive/look.js';
import { ArchiveProblem } from '../archive/problem.js';
import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Place } from '../diagnostic/place.js';
import { type HostPath, type RootPath, rootPath } from '../model/path.js';
import type { PathReference, Reference } from '../model/reference/reference.js';
import type { Archive, ArchiveLook } from '../model/resolved-image.js';
import { openWithoutLinks } from '../root/open-without-links.js';
import { describeProblem, isOfUnknownHost } from '../root/problem.js';
import type { RootView } from '../root/root-view.js';
import { errnoReason } from '../text/errno.js';
import type { Finding } from './finding.js';

/**
 * The archive or layout that a reference names, if it names one. It is looked up in the new root alone, whose `/var` is
 * the host's: another image that only the running system has would be gone after the switch.
 */
export function resolveArchive(
  reference: Reference,
  newRoot: RootView,
  place: Place,
): Finding<Archive | undefined> {
  if (reference.transport === 'docker') return { value: undefined, diagnostics: [] };
  const path = rootPath(reference.path);
  const at = newRoot.resolve(path);
  if (isOfUnknownHost(newRoot, at)) {
    const unknown = diagnose('host-path-unknown', place, { what: 'image', path });
    return { value: undefined, diagnostics: [unknown] };
  }
  const problem = describeUnusable(reference, at);
  if (problem !== undefined) return { value: undefined, diagnostics: [unusable(place, path, problem)] };
  try {
    return { value: { ...look(reference, at.hostPath), hostPath: at.hostPath }, diagnostics: [] };
  } catch (error) {
    return { value: undefined, diagnostics: [unusable(place, path, problemOf(error))] };
  }
}

function look({ transport }: PathReference, hostPath: HostPath): ArchiveLook {
  const fd = openWithoutLinks(hostPath);
  try {
    return lookInto(transport, fd);
  } finally {
    closeSync(fd);
  }
}

function problemOf(error: unknown): string {
  return error instanceof ArchiveProblem ? error.message : errnoReason(error);
}

function describeUnusable(
  { transport }: PathReference,
  at: ReturnType<RootView['resolve']>,
): string | undefined {
  const wanted = transport === 'oci' || transport === 'dir' ? 'directory' : 'file';
  if (at.kind === 'file' || at.kind === 'directory')
    return at.kind === wanted ? undefined : `${at.path} is a ${at.kind}`;
  if (at.kind === 'null' || at.kind === 'other') return `${at.path} is not a ${wanted}`;
  return describeProblem(at);
}

function unusable(place: Place, path: RootPath, problem: string): Diagnostic {
  return diagnose('path-unusable', place, { what: 'image', path, problem });
}

import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { mergeFindings } from '../scan/readings.js';
import type { Subject } from './subject.js';

/** What is found in what podman before 6 reads and, where that differs, in what podman 6 does: together, file by file. */
export function asBothRead(
  subject: Subject,
  find: (subject: Subject) => readonly Diagnostic[],
): readonly Diagnostic[] {
  const before6 = find(subject);
  const reading = subject.readingOf6();
  if (reading === undefined) return before6;
  const [ours, theirs] = [before6, find({ ...subject, ...reading })].map(byFile);
  const files = new Set([...(ours?.keys() ?? []), ...(theirs?.keys() ?? [])]);
  return [...files].flatMap((file) => mergeFindings([ours?.get(file) ?? [], theirs?.get(file) ?? []]));
}

function byFile(findings: readonly Diagnostic[]): ReadonlyMap<string | null, readonly Diagnostic[]> {
  const files = new Map<string | null, Diagnostic[]>();
  for (const finding of findings) {
    const known = files.get(finding.file);
    if (known === undefined) files.set(finding.file, [finding]);
    else known.push(finding);
  }
  return files;
}

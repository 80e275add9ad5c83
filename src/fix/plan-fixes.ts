import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Place } from '../diagnostic/place.js';
import { nowhere } from '../diagnostic/place.js';
import { type Reference, type RegistryReference, repositoryName } from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { Candidate } from './candidates.js';
import { findClashes } from './clashes.js';
import type { KeepsReference } from './kept-references.js';
import type { Target, TargetFile } from './targets.js';
import { applyEdits, type Edit, rewrite } from './written-text.js';

/** One reference, before and after. */
export interface Fix {
  readonly place: Place;
  readonly from: string;
  readonly to: string;
}

export interface ChangedFile extends TargetFile {
  readonly after: Buffer;
}

export interface FixPlan {
  readonly fixes: readonly Fix[];
  /** In the order of their names. */
  readonly files: readonly ChangedFile[];
  /** What was left as it is. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * What is to be written instead of which reference: the digest for images that are to be pinned, and else the name
 * as podman stores it, which bootc's garbage collection compares with the one that is written
 * (bootc crates/lib/src/podstorage.rs).
 *
 * @param digests what the registry has now, `algorithm:hex`: of the index, where there is one, for it has every platform
 */
export function planFixes(
  candidates: readonly Candidate[],
  digests: ReadonlyMap<ResolvedImage, string>,
  keeps: KeepsReference,
): FixPlan {
  const fixes: Fix[] = [];
  const diagnostics: Diagnostic[] = [];
  const edits = new Map<string, { readonly file: TargetFile; readonly edits: Edit[] }>();
  const seen = new Set<string>();

  function change(target: Target, to: string): void {
    const { file, written, place } = target;
    // Two links may lead to one file.
    const id = `${file.hostPath}:${written.ranges[0]?.start}`;
    if (written.text === to || seen.has(id)) return;
    seen.add(id);
    fixes.push({ place, from: written.text, to });
    const changed = edits.get(file.hostPath) ?? { file, edits: [] };
    changed.edits.push(...rewrite(written, to));
    edits.set(file.hostPath, changed);
  }

  const clashes = findClashes(candidates, digests);
  for (const { resolved, places, pin } of candidates) {
    const clash = clashes.get(resolved);
    const digest = clash === undefined ? digests.get(resolved) : undefined;
    const refusal = pin.kind === 'refused' ? pin.problem : clash;
    const place = resolved.image.sources[0] ?? nowhere;
    const { text } = resolved.image.reference;
    if (refusal !== undefined) {
      diagnostics.push(diagnose('reference-not-fixed', place, { text, problem: refusal }));
    }
    for (const at of places) {
      if (digest === undefined && (!at.bound || keeps(at.place, 'name'))) continue;
      if (!('problem' in at))
        change(at, digest === undefined ? canonicalText(at.reference) : pinned(at.reference, digest));
      else if (refusal === undefined && !isCanonical(at.reference)) {
        const args = { text: at.reference.text, problem: at.problem };
        diagnostics.push(diagnose('reference-not-fixed', at.place, args));
      }
    }
  }

  const files = [...edits.values()].map(({ file, edits: all }) => ({
    ...file,
    after: applyEdits(file.bytes, all),
  }));
  return { fixes, files: files.sort((a, b) => (a.name < b.name ? -1 : 1)), diagnostics };
}

/** Without the tag: podman drops one that stands before a digest. */
function pinned(reference: RegistryReference, digest: string): string {
  return `${repositoryName(reference)}@${digest}`;
}

/** The same reference with the name that podman stores; one without a tag gets none. */
function canonicalText(reference: RegistryReference): string {
  const { tag, digest } = reference;
  if (digest !== null) return pinned(reference, digest);
  return tag === null ? repositoryName(reference) : `${repositoryName(reference)}:${tag}`;
}

function isCanonical(reference: Reference): boolean {
  return reference.transport !== 'docker' || canonicalText(reference) === reference.text;
}

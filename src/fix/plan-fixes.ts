import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Place } from '../diagnostic/place.js';
import { nowhere } from '../diagnostic/place.js';
import { repositoryName } from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { Candidate } from './candidates.js';
import { findClashes } from './clashes.js';
import type { KeepsReference } from './kept-references.js';
import { tagEdits } from './tag-comment.js';
import type { Target, TargetFile, Untouchable } from './targets.js';
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

  function change(target: Target, { text: to, tag }: Form): void {
    const { file, written, place } = target;
    // Two links may lead to one file.
    const id = `${file.hostPath}:${written.ranges[0]?.start}`;
    if (written.text === to || seen.has(id)) return;
    seen.add(id);
    fixes.push({ place, from: written.text, to });
    const changed = edits.get(file.hostPath) ?? { file, edits: [] };
    changed.edits.push(...rewrite(written, to));
    const { line, column } = place;
    if (tag !== null && line !== null && column !== null)
      changed.edits.push(...tagEdits(file.bytes, { line, column }, repositoryName(target.reference), tag));
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
      if (!('problem' in at)) {
        // What has a digest already keeps its form: with a tag, or without.
        const isNew = pin.kind === 'wanted' && at.reference.digest === null;
        change(
          at,
          digest === undefined ? canonicalForm(at) : pinnedForm(at, digest, isNew ? pin.tag : at.tag),
        );
      } else if (refusal === undefined && !isCanonical(at)) {
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

/** What a reference becomes. */
interface Form {
  readonly text: string;
  /** For the comment before it; null where there is to be none. */
  readonly tag: string | null;
}

/**
 * podman drops a tag before a digest, so that it tells people and bots where the digest is from. Where bootc reads the
 * reference, a comment does: bootc looks for `name:tag@digest` among the names in the store, of which none has a tag.
 */
function pinnedForm({ reference, isBootcs }: Target, digest: string, tag: string | null): Form {
  const name = repositoryName(reference);
  if (isBootcs) return { text: `${name}@${digest}`, tag };
  const shown = reference.digest === null ? tag : reference.tag;
  return { text: `${name}${shown === null ? '' : `:${shown}`}@${digest}`, tag: null };
}

/** The same reference with the name that podman stores; one without a tag gets none. */
function canonicalForm(at: Target): Form {
  const { tag, digest } = at.reference;
  if (digest !== null) return pinnedForm(at, digest, at.tag);
  return { text: `${repositoryName(at.reference)}${tag === null ? '' : `:${tag}`}`, tag: null };
}

function isCanonical({ reference, isBootcs }: Untouchable): boolean {
  if (reference.transport !== 'docker') return true;
  const { text, tag, digest } = reference;
  const shown = tag === null || (isBootcs && digest !== null) ? '' : `:${tag}`;
  return text === `${repositoryName(reference)}${shown}${digest === null ? '' : `@${digest}`}`;
}

import { checkSubject } from '../check/check.js';
import { judge } from '../check/judge.js';
import { findingOf } from '../check/online/findings.js';
import type { Settings } from '../check/settings.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { findCandidates } from '../fix/candidates.js';
import { unifiedDiff } from '../fix/diff.js';
import { editedRoot } from '../fix/edited-root.js';
import { keptReferences } from '../fix/kept-references.js';
import { type Fix, planFixes } from '../fix/plan-fixes.js';
import { replaceFiles } from '../fix/replace-files.js';
import { canonicalName } from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { throwIfStopped } from '../pull/time-limit.js';
import { readDigest } from '../tools/registry/remote-image.js';
import { type Asking, askNextBoot } from './asking-registries.js';
import type { RootInput } from './inputs.js';
import { type Bound, type ReadRoot, readRoots } from './read-root.js';

/** What `check` goes on with. */
export interface Fixed {
  /** The root with the fixes; those of a dry run are not on the disk. */
  readonly read: ReadRoot;
  readonly fixes: readonly Fix[];
  /** What a dry run has left undone; `null` where it was done. */
  readonly diff: Buffer | null;
  /** What was left as it is. */
  readonly diagnostics: readonly Diagnostic[];
  /** Why registries did not tell a digest. */
  readonly unanswered: readonly Diagnostic[];
}

/**
 * Writes what is certain into the files of the root, or only says what that would be.
 *
 * @throws BoundImagesError `usage` or `busy` where a file cannot be changed; `tool-missing`, `tool-too-old`; the reason
 *   of the signal, before anything is written.
 */
export async function fixRoot(
  { dir, dryRun }: Pick<RootInput, 'dir'> & { readonly dryRun: boolean },
  read: ReadRoot,
  settings: Settings,
  asking: Asking,
): Promise<Fixed> {
  const { roots } = read;
  const { newRoot } = roots;
  const found = [...read.diagnostics, ...checkSubject(read)];
  const keeps = keptReferences(found, judge(found, settings, read));
  const candidates = findCandidates(newRoot, read, keeps);
  const wanted = candidates.flatMap(({ resolved, pin }) => (pin.kind === 'wanted' ? [resolved] : []));
  const asked = await askForDigests({ roots, images: wanted }, asking);
  const { fixes, files, diagnostics } = planFixes(candidates, asked.digests, keeps);
  throwIfStopped(asking.signal);
  if (!dryRun) replaceFiles(newRoot.hostPath, files);
  return {
    read: readRoots({ ...read.roots, newRoot: editedRoot(newRoot, files) }, dir),
    fixes,
    diff: dryRun ? unifiedDiff(files) : null,
    diagnostics,
    unanswered: asked.unanswered,
  };
}

interface Asked {
  readonly digests: ReadonlyMap<ResolvedImage, string>;
  readonly unanswered: readonly Diagnostic[];
}

async function askForDigests(bound: Bound, asking: Asking): Promise<Asked> {
  // Names that are only to be written otherwise need no registry.
  if (bound.images.length === 0) return { digests: new Map(), unanswered: [] };
  const answer = await askNextBoot(bound, asking, (ask) =>
    Promise.all(
      bound.images.map(async (resolved) => {
        const name = canonicalName(resolved.image.reference);
        return {
          resolved,
          told: await ask(resolved, async ({ manifest }) => readDigest(await manifest(name))),
        };
      }),
    ),
  );
  return {
    digests: new Map(
      answer.flatMap(({ resolved, told }) => (told.kind === 'found' ? [[resolved, told.digest]] : [])),
    ),
    unanswered: answer.flatMap(({ resolved, told }) =>
      told.kind === 'found' ? [] : [findingOf(resolved.image, told.error)],
    ),
  };
}

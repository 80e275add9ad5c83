import { checkSubject } from '../check/check.js';
import { judge } from '../check/judge.js';
import { findingOf } from '../check/online/findings.js';
import type { Settings } from '../check/settings.js';
import type { RootOptions } from '../cli/options.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { findCandidates } from '../fix/candidates.js';
import { unifiedDiff } from '../fix/diff.js';
import { editedRoot } from '../fix/edited-root.js';
import { keptReferences } from '../fix/kept-references.js';
import { type Fix, planFixes } from '../fix/plan-fixes.js';
import { replaceFiles } from '../fix/replace-files.js';
import { canonicalName } from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { RootView } from '../root/root-view.js';
import { readDigest } from '../tools/registry/remote-image.js';
import type { AskingOptions } from './asking-registries.js';
import { askAsNextBoot } from './check-online.js';
import { type ReadRoot, readRoots } from './read-root.js';

export interface FixOptions extends AskingOptions {
  readonly fix: boolean;
  readonly dryRun: boolean;
}

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
 * `bound-images check --fix`: writes what is certain into the files of the root. A run that is stopped before it has
 * written anything gives its exit status instead.
 *
 * @throws BoundImagesError `usage` or `busy` where a file cannot be changed; `tool-missing`, `tool-too-old`.
 */
export async function fixRoot(
  options: FixOptions & Pick<RootOptions, 'dir'>,
  read: ReadRoot,
  settings: Settings,
): Promise<Fixed | { readonly stopped: number }> {
  const { newRoot } = read.roots;
  const found = [...read.diagnostics, ...checkSubject(read)];
  const keeps = keptReferences(found, judge(found, settings, read));
  const candidates = findCandidates(newRoot, read, keeps);
  const wanted = candidates.flatMap(({ resolved, pin }) => (pin.kind === 'wanted' ? [resolved] : []));
  const asked = await askForDigests(wanted, newRoot, options);
  if ('stopped' in asked) return asked;
  const { fixes, files, diagnostics } = planFixes(candidates, asked.digests, keeps);
  if (!options.dryRun) replaceFiles(newRoot.hostPath, files);
  return {
    read: readRoots({ ...read.roots, newRoot: editedRoot(newRoot, files) }, options.dir),
    fixes,
    diff: options.dryRun ? unifiedDiff(files) : null,
    diagnostics,
    unanswered: asked.unanswered,
  };
}

interface Asked {
  readonly digests: ReadonlyMap<ResolvedImage, string>;
  readonly unanswered: readonly Diagnostic[];
}

async function askForDigests(
  images: readonly ResolvedImage[],
  newRoot: RootView,
  options: AskingOptions,
): Promise<Asked | { readonly stopped: number }> {
  // Names that are only to be written otherwise need no skopeo.
  if (images.length === 0) return { digests: new Map(), unanswered: [] };
  const asked = await askAsNextBoot(newRoot, images, options, (ask) =>
    Promise.all(
      images.map(async (resolved) => {
        const name = canonicalName(resolved.image.reference);
        return {
          resolved,
          told: await ask(resolved, async ({ manifest }) => readDigest(await manifest(name))),
        };
      }),
    ),
  );
  if ('stopped' in asked) return asked;
  const { answer, translate } = asked;
  return {
    digests: new Map(
      answer.flatMap(({ resolved, told }) => (told.kind === 'found' ? [[resolved, told.digest]] : [])),
    ),
    unanswered: answer.flatMap(({ resolved, told }) => {
      if (told.kind === 'found') return [];
      const finding = findingOf(resolved.image, told.error);
      return [{ ...finding, message: translate(finding.message) }];
    }),
  };
}

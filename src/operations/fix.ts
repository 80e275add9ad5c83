import { checkSubject } from '../check/check.js';
import { judge } from '../check/judge.js';
import { findingOf } from '../check/online/findings.js';
import type { Settings } from '../check/settings.js';
import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { nowhere } from '../diagnostic/place.js';
import { findCandidates } from '../fix/candidates.js';
import { unifiedDiff } from '../fix/diff.js';
import { editedRoot } from '../fix/edited-root.js';
import { keptReferences } from '../fix/kept-references.js';
import { type Fix, planFixes } from '../fix/plan-fixes.js';
import { replaceFiles } from '../fix/replace-files.js';
import { canonicalName, repositoryName } from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { Asker } from '../pull/ask-registry.js';
import { throwIfStopped } from '../pull/time-limit.js';
import { parseManifest } from '../tools/registry/manifest.js';
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
  {
    dryRun,
    update,
    ...input
  }: Pick<RootInput, 'currentRoot' | 'dir'> & { readonly dryRun: boolean; readonly update: boolean },
  read: ReadRoot,
  settings: Settings,
  asking: Asking,
): Promise<Fixed> {
  const { roots } = read;
  const { newRoot } = roots;
  const found = [...read.diagnostics, ...checkSubject(read)];
  const keeps = keptReferences(found, judge(found, settings, read));
  const candidates = findCandidates(newRoot, read, keeps, update);
  const wanted = candidates.flatMap(({ resolved, pin }) =>
    pin.kind === 'wanted' ? [{ resolved, tag: pin.tag }] : [],
  );
  const asked = await askForDigests(roots, wanted, asking);
  const { fixes, files, diagnostics } = planFixes(candidates, asked.digests, keeps);
  throwIfStopped(asking.signal);
  if (!dryRun) replaceFiles(newRoot.hostPath, files);
  return {
    read: readRoots({ ...read.roots, newRoot: editedRoot(newRoot, files) }, input),
    fixes,
    diff: dryRun ? unifiedDiff(files) : null,
    diagnostics: [...diagnostics, ...asked.gone],
    unanswered: asked.unanswered,
  };
}

interface Asked {
  readonly digests: ReadonlyMap<ResolvedImage, string>;
  readonly unanswered: readonly Diagnostic[];
  /** Images with a digest whose tag the registry does not have any more. */
  readonly gone: readonly Diagnostic[];
}

/** An image and the tag that it is to have the digest of. */
interface Wanted {
  readonly resolved: ResolvedImage;
  readonly tag: string;
}

async function askForDigests(
  roots: Bound['roots'],
  wanted: readonly Wanted[],
  asking: Asking,
): Promise<Asked> {
  // Names that are only to be written otherwise need no registry.
  if (wanted.length === 0) return { digests: new Map(), unanswered: [], gone: [] };
  const bound = { roots, images: wanted.map(({ resolved }) => resolved) };
  const answer = await askNextBoot(bound, asking, (ask) =>
    Promise.all(
      wanted.map(async ({ resolved, tag }) => ({
        resolved,
        tag,
        told: await ask(resolved, (asker) => digestOfTag(asker, resolved, tag)),
      })),
    ),
  );
  const isGone = ({ resolved, told }: (typeof answer)[number]) =>
    told.kind === 'failed' && told.error.code === 'manifest-unknown' && digestOf(resolved) !== null;
  return {
    digests: new Map(
      answer.flatMap(({ resolved, told }) => (told.kind === 'found' ? [[resolved, told.digest]] : [])),
    ),
    unanswered: answer.flatMap(({ resolved, tag, told }) =>
      told.kind === 'found' || isGone({ resolved, tag, told }) ? [] : [findingOf(resolved.image, told.error)],
    ),
    gone: answer.filter(isGone).map(({ resolved: { image }, tag }) =>
      diagnose('reference-not-fixed', image.sources[0] ?? nowhere, {
        text: image.reference.text,
        problem: `the registry has no tag “${tag}” any more`,
      }),
    ),
  };
}

function digestOf({ image: { reference } }: ResolvedImage): string | null {
  return reference.transport === 'docker' ? reference.digest : null;
}

/** The digest of one platform's image, where an author has named that, stays as long as the tag's index has it. */
async function digestOfTag({ manifest }: Pick<Asker, 'manifest'>, resolved: ResolvedImage, tag: string) {
  const { reference } = resolved.image;
  if (reference.transport !== 'docker') return await manifest(canonicalName(reference));
  const named = await manifest(`${repositoryName(reference)}:${tag}`);
  const told = readDigest(named);
  if (named.kind === 'failed' || told.kind === 'failed' || reference.digest === null) return told;
  const read = parseManifest(named.text);
  const hasIt = read.kind === 'index' && read.instances.some(({ digest }) => digest === reference.digest);
  return hasIt ? { ...told, digest: reference.digest } : told;
}

import { asBothRead } from '../check/as-both-read.js';
import { checkSubject } from '../check/check.js';
import { checkExpectations } from '../check/expectations.js';
import { judge } from '../check/judge.js';
import { checkLockLabel } from '../check/lock-label.js';
import { nothingBound } from '../check/nothing-bound.js';
import type { OnlineImage } from '../check/online.js';
import { withPath } from '../check/place-on-disk.js';
import { unboundImages } from '../check/services/unbound-images.js';
import type { Settings } from '../check/settings.js';
import { type Diagnostic, hasErrors, withoutRepeats } from '../diagnostic/diagnostic.js';
import type { Fix } from '../fix/plan-fixes.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { throwIfStopped } from '../pull/time-limit.js';
import type { RootView } from '../root/root-view.js';
import { type Lock, lockOf } from '../scan/drop-in/lock.js';
import type { Asking } from './asking-registries.js';
import { forReaders } from './for-readers.js';
import type { OnlineInput, RootInput } from './inputs.js';
import { readRoot } from './read-root.js';

export interface CheckInput extends RootInput, OnlineInput {
  /** The image that is mounted at the root, for messages: its path there is another one every time. */
  readonly image?: string | undefined;
  /** Of that image. */
  readonly labels?: ReadonlyMap<string, string> | undefined;
  /** How findings are judged. */
  readonly settings: Settings;
  /** Also finds the images that units will want at boot and nothing binds. */
  readonly unbound: boolean;
  /** Also asks the registries for each image, as the next boot would. */
  readonly online: boolean;
  /** Also says what the root binds in one line, for a label of its image that `prefetch` reads. */
  readonly lock: boolean;
  /** Pins tags to the digests that the registries have now, and writes names in full. */
  readonly fix: boolean;
  /** With `fix`, also moves digests to what their tags mean now. */
  readonly update: boolean;
  /** With `fix`, only says what would be written. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

export type CheckPorts = Omit<Asking, 'input' | 'signal'>;

export interface CheckResult {
  /** The root on this host, links resolved. */
  readonly root: string;
  /** Its files, with the fixes, for whoever shows a place in them. */
  readonly newRoot: RootView;
  readonly images: readonly ResolvedImage[];
  /** `unanswered`: nothing is known to be wrong, but a registry did not answer what was asked. */
  readonly verdict: 'sound' | 'invalid' | 'unanswered';
  /** As the settings judge them, by file, line and column. */
  readonly diagnostics: readonly Diagnostic[];
  /** Null where it was not wanted, and where the root is not sound. */
  readonly lock: Lock | null;
  /** What the registries say; null where they were not asked. */
  readonly online: { readonly images: readonly OnlineImage[] } | null;
  /** `diff` is null where the files were changed. Null where nothing was to be fixed. */
  readonly fixed: { readonly fixes: readonly Fix[]; readonly diff: Buffer | null } | null;
}

/**
 * Finds everything that is wrong with what a root binds. Asks registries with `online` and `fix` only, and changes
 * files with `fix` only.
 *
 * @throws BoundImagesError `usage`, `busy`, `tool-missing`, `tool-too-old`, `temporary-files`; the reason of the signal
 *   where somebody stopped it. When the time is up, the registries that have not answered are findings.
 */
export async function check(input: CheckInput, ports: CheckPorts): Promise<CheckResult> {
  const { settings, dir, signal } = input;
  throwIfStopped(signal);
  const asking = { ...ports, input, signal };
  // Most checks ask nobody, and start without what asks.
  const read = readRoot({ ...input, mayLackHost: true });
  const fixed = input.fix ? await (await import('./fix.js')).fixRoot(input, read, settings, asking) : null;
  const subject = fixed?.read ?? read;
  const { root, roots, images, diagnostics: found } = subject;
  const online = input.online
    ? await (await import('./check-online.js')).askOnline(subject, input.platform ?? [], asking)
    : null;
  const diagnostics = forReaders(
    judge(
      [
        // A unit that runs what is bound may have been read with an entry that leads to it.
        ...withoutRepeats([...found, ...checkSubject(subject)]),
        // Those that are named have to be there.
        ...(dir === undefined ? nothingBound(roots.newRoot, input.image ?? input.root) : []),
        ...(await checkExpectations(images.map(({ image }) => image))),
        ...(await checkLabels(input, images, found)),
        ...(fixed?.diagnostics ?? []),
        // Fixing asks some of the same questions.
        ...withoutRepeats([...(online?.diagnostics ?? []), ...(fixed?.unanswered ?? [])]),
        ...(input.unbound ? asBothRead(subject, (each) => unboundImages(each, dir)) : []),
      ],
      settings,
      subject,
    ),
    roots.newRoot,
  );
  const verdict = verdictOf(diagnostics, settings);
  return {
    root,
    newRoot: roots.newRoot,
    images,
    verdict,
    diagnostics,
    lock: input.lock && verdict !== 'invalid' ? lockOf(images.map(({ image }) => image)) : null,
    online: online && { images: online.images },
    fixed: fixed && {
      fixes: fixed.fixes.map((fix) => ({ ...fix, place: withPath(roots.newRoot, fix.place) })),
      diff: fixed.diff,
    },
  };
}

/** The label speaks of the directories of every root, and what has errors may bind more than is known. */
async function checkLabels(
  { labels, dir }: CheckInput,
  images: readonly ResolvedImage[],
  found: readonly Diagnostic[],
): Promise<readonly Diagnostic[]> {
  if (labels === undefined || dir !== undefined || hasErrors(found)) return [];
  return checkLockLabel(
    labels,
    images.map(({ image }) => image),
  );
}

function verdictOf(diagnostics: readonly Diagnostic[], { strict }: Settings): CheckResult['verdict'] {
  const isWrong = (each: Diagnostic) => each.severity === 'warning' && !isUnanswered(each);
  if (hasErrors(diagnostics) || (strict && diagnostics.some(isWrong))) return 'invalid';
  return diagnostics.some(isUnanswered) ? 'unanswered' : 'sound';
}

/** Nothing is known to be wrong, but what was asked for is not known either. */
function isUnanswered({ rule, severity }: Diagnostic): boolean {
  return rule === 'registry-unavailable' && severity === 'warning';
}

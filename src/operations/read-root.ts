import { meantImages } from '../check/meant-images.js';
import { warnOfNothingBound } from '../check/nothing-bound.js';
import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { firstFindings } from '../diagnostic/first-findings.js';
import type { BoundImage } from '../model/bound-image.js';
import { BoundImagesError } from '../model/error.js';
import { repositoryName } from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { confRoots } from '../registries/conf-roots.js';
import { shortNamesOf } from '../registries/short-names.js';
import { resolve } from '../resolve/resolve.js';
import { openRoots, type RootPaths, type RootProblem, type Roots } from '../root/open-roots.js';
import { requireOs } from '../scan/os-release.js';
import { type Scanned, scan } from '../scan/scan.js';
import { forReaders } from './for-readers.js';
import type { RootInput } from './inputs.js';
import { intoStores } from './into-stores.js';

export interface ReadRoot extends Pick<Scanned, 'podman' | 'entries' | 'units' | 'readingOf6'> {
  /** The root on this host, links resolved. */
  readonly root: string;
  readonly roots: Roots;
  readonly images: readonly ResolvedImage[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What is pulled, or planned, for the next boot of these roots. */
export type Bound = Pick<ReadRoot, 'roots' | 'images'>;

/** The scan and resolve steps, which every operation begins with. @throws BoundImagesError `usage`. */
export function readRoot(input: RootInput & Pick<RootPaths, 'image' | 'mayLackHost'>): ReadRoot {
  const roots = openRoots(input);
  if (!roots.ok) throw rootError(roots.problem);
  return readRoots(roots, input);
}

/** The same for a root that is to bind something: where it has no directory for that, a warning says so. */
export function readBinding(input: RootInput & Pick<RootPaths, 'mayLackHost'>): ReadRoot {
  const read = readRoot(input);
  // Directories that are named have to be there.
  const warnings = input.dir === undefined ? warnOfNothingBound(read.roots.newRoot, input.root) : [];
  return { ...read, diagnostics: forReaders([...read.diagnostics, ...warnings], read.roots.newRoot) };
}

/** The same for a root that may become bootable, or is: what is no OS binds nothing for certain. */
export function readOs(input: RootInput): ReadRoot {
  const read = readRoot(input);
  const diagnostics = [...requireOs(read.roots), ...read.diagnostics];
  return { ...read, diagnostics: forReaders(diagnostics, read.roots.newRoot) };
}

/** The same for roots that are open. @param isWanted which images count */
export function readRoots(
  roots: Roots,
  { currentRoot, dir, store }: Omit<RootInput, 'root'>,
  isWanted: (image: BoundImage) => boolean = () => true,
): ReadRoot {
  const all = scan(roots.newRoot, dir);
  const scanned = { ...all, images: all.images.filter(isWanted) };
  const resolved = resolve(withShortNames(scanned.images, roots, currentRoot), roots);
  const stored = intoStores(resolved.images, scanned.entries, roots.newRoot, { store });
  return {
    root: roots.newRoot.hostPath,
    roots,
    images: stored.images,
    podman: scanned.podman,
    entries: scanned.entries,
    units: scanned.units,
    readingOf6: scanned.readingOf6,
    diagnostics: firstFindings([
      ...withFullNames(scanned, roots),
      ...resolved.diagnostics,
      ...stored.diagnostics,
    ]),
  };
}

/** With what short names mean to podman at the next boot. */
export function withShortNames(
  images: readonly BoundImage[],
  { newRoot }: Pick<Roots, 'newRoot'>,
  currentRootPath: string | null,
): readonly BoundImage[] {
  const own = { env: process.env, uid: process.geteuid?.() ?? 0, currentRootPath };
  const namesOf = shortNamesOf(() => confRoots(newRoot, own));
  return images.map((image) => {
    const { reference } = image;
    const isShort = reference.transport === 'docker' && reference.registry === null;
    return isShort ? { ...image, shortNames: namesOf(reference) } : image;
  });
}

/** The name to write instead of a short one is what the root itself makes of it, where that is certain. */
function withFullNames({ images, diagnostics }: Scanned, { newRoot }: Roots): readonly Diagnostic[] {
  if (!diagnostics.some(({ rule }) => rule === 'reference-short')) return diagnostics;
  const meant = meantImages(newRoot);
  const full = new Map(
    images.flatMap((image) => {
      const { reference } = image;
      const known = meant(image).reference;
      if (reference.transport !== 'docker' || known.transport !== 'docker') return [];
      if (reference.registry === known.registry) return [];
      const { text } = reference;
      const args = { text, full: repositoryName(known) + text.slice(reference.repository.length) };
      return image.sources.map((place) => [lineKey(diagnose('reference-short', place, args)), args] as const);
    }),
  );
  return diagnostics.map((finding) => {
    const args = finding.rule === 'reference-short' ? full.get(lineKey(finding)) : undefined;
    return args === undefined ? finding : diagnose('reference-short', finding, args);
  });
}

/** A drop-in binds an image where its text is quoted, and is wrong about it behind the quote. */
function lineKey({ file, line, message }: Diagnostic): string {
  return JSON.stringify([file, line, message]);
}

export function rootError(problem: RootProblem): BoundImagesError {
  const [root, called] =
    problem.option === 'root' ? (['new', 'the root'] as const) : (['current', 'the current root'] as const);
  const what = {
    missing: 'does not exist',
    'not-a-directory': 'is not a directory',
    unreadable: `cannot be read: ${problem.kind === 'unreadable' ? problem.reason : ''}`,
  }[problem.kind];
  return new BoundImagesError('usage', `${called} ${problem.path} ${what}`, {
    hint: 'name the directory that is the whole OS tree',
    reason: { kind: 'root-unusable', root, path: problem.path, problem: what },
  });
}

import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { firstFindings } from '../diagnostic/first-findings.js';
import { BoundImagesError } from '../model/error.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { resolve } from '../resolve/resolve.js';
import { openRoots, type RootPaths, type RootProblem, type Roots } from '../root/open-roots.js';
import { requireOs } from '../scan/os-release.js';
import { type Scanned, scan } from '../scan/scan.js';
import type { RootInput } from './inputs.js';

export interface ReadRoot extends Pick<Scanned, 'entries' | 'units'> {
  /** The root on this host, links resolved. */
  readonly root: string;
  readonly roots: Roots;
  readonly images: readonly ResolvedImage[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What is pulled, or planned, for the next boot of these roots. */
export type Bound = Pick<ReadRoot, 'roots' | 'images'>;

/** The scan and resolve steps, which every operation begins with. @throws BoundImagesError `usage`. */
export function readRoot(input: RootInput & Pick<RootPaths, 'image'>): ReadRoot {
  const roots = openRoots(input);
  if (!roots.ok) throw rootError(roots.problem);
  return readRoots(roots, input.dir);
}

/** The same for a root that may become bootable, or is: what is no OS binds nothing for certain. */
export function readOs(input: RootInput): ReadRoot {
  const read = readRoot(input);
  return { ...read, diagnostics: [...requireOs(read.roots), ...read.diagnostics] };
}

/** The same for roots that are open. */
export function readRoots(roots: Roots, dir: RootInput['dir']): ReadRoot {
  const scanned = scan(roots.newRoot, dir);
  const resolved = resolve(scanned.images, roots);
  return {
    root: roots.newRoot.hostPath,
    roots,
    images: resolved.images,
    entries: scanned.entries,
    units: scanned.units,
    diagnostics: firstFindings([...scanned.diagnostics, ...resolved.diagnostics]),
  };
}

function rootError(problem: RootProblem): BoundImagesError {
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

import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { BoundImagesError } from '../error.js';
import type { ResolvedImage } from '../resolve/resolve.js';
import { resolve } from '../resolve/resolve.js';
import { openRoots, type RootProblem, type Roots } from '../root/open-roots.js';
import { scan } from '../scan/scan.js';
import type { RootOptions } from './options.js';

export interface ReadRoot {
  /** The root on this host, links resolved. */
  readonly root: string;
  readonly roots: Roots;
  readonly images: readonly ResolvedImage[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The scan and resolve steps, which every command begins with. @throws BoundImagesError `usage`. */
export function readRoot(options: RootOptions): ReadRoot {
  const roots = openRoots(options);
  if (!roots.ok) throw rootError(roots.problem);
  const scanned = scan(roots.newRoot, options.dir);
  const resolved = resolve(scanned.images, roots);
  return {
    root: roots.newRoot.hostPath,
    roots,
    images: resolved.images,
    diagnostics: [...scanned.diagnostics, ...resolved.diagnostics],
  };
}

function rootError(problem: RootProblem): BoundImagesError {
  const option = problem.option === 'root' ? '--root' : '--current-root';
  const what = {
    missing: 'does not exist',
    'not-a-directory': 'is not a directory',
    unreadable: `cannot be read: ${problem.kind === 'unreadable' ? problem.reason : ''}`,
  }[problem.kind];
  return new BoundImagesError('usage', `${option} ${problem.path} ${what}`, {
    hint: `give ${option} the directory that is the whole OS tree`,
  });
}

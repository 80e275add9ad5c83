import { hasErrors } from '../diagnostic/diagnostic.js';
import { noPullOptions } from '../model/bound-image.js';
import type { Deployment } from '../model/deployment.js';
import { BoundImagesError } from '../model/error.js';
import type { RootPath } from '../model/path.js';
import { type Reason, reasonOf } from '../model/reason.js';
import { parseReference, type Reference } from '../model/reference/reference.js';
import type { Bound } from '../plan/prunable.js';
import { openRoots } from '../root/open-roots.js';
import { bootcImages } from '../scan/bootc-images.js';
import { defaultDirectories, isAbsent } from '../scan/entries.js';
import { requireOs } from '../scan/os-release.js';
import { scan } from '../scan/scan.js';
import type { ReceiptStore } from '../state/receipts.js';
import { printable } from '../text/printable.js';
import { recordedImages } from './examine.js';
import type { RootInput } from './inputs.js';
import { storeNames } from './into-stores.js';
import { withShortNames } from './read-root.js';
import { rootsOf } from './target.js';

/**
 * What deployments bind, as their roots say, and as `stage` found, which may have had other directories to read, and
 * knows the tags that an AllTags= stood for.
 *
 * @throws BoundImagesError `deployment` or `state` when it cannot be told for certain, `usage` for a directory that none
 *   of them has.
 */
export function boundByDeployments(
  deployments: readonly Deployment[],
  receipts: Pick<ReceiptStore, 'read'>,
  input: Pick<RootInput, 'currentRoot' | 'dir'>,
): Bound {
  const recorded = deployments.flatMap(({ id }) =>
    storeNames({ store: 'bootc' }).flatMap((store) => [...recordedImages(receipts, id, store)]),
  );
  const read = deployments.map((deployment) => boundBy(deployment, input));
  // An older deployment may not have it yet.
  const unknown = input.dir?.find((directory) => read.every(({ absent }) => absent.includes(directory)));
  if (unknown !== undefined) {
    throw new BoundImagesError('usage', `no deployment has the directory ${printable(unknown)}`, {
      hint: 'nothing was removed; check the spelling of the directory',
      reason: { kind: 'directory-unknown' },
    });
  }
  return {
    images: [
      ...read.flatMap(({ images }) => images),
      ...recorded.flatMap(([text]) => {
        const parsed = parseReference(text);
        return parsed.ok ? [asBound(parsed.reference)] : [];
      }),
    ],
    ids: new Set(recorded.flatMap(([, { id }]) => id ?? [])),
  };
}

function asBound(reference: Reference): Bound['images'][number] {
  return { reference, options: noPullOptions };
}

/** What a deployment binds, also to bootc alone, and the directories that it does not have. */
interface BoundBy {
  readonly images: Bound['images'];
  readonly absent: readonly RootPath[];
}

/** Whether its images could be pulled is of no matter here. @throws BoundImagesError `deployment`. */
function boundBy(deployment: Deployment, input: Pick<RootInput, 'currentRoot' | 'dir'>): BoundBy {
  const { root, currentRoot } = rootsOf(deployment, input);
  const roots = openRoots({ root, currentRoot });
  let problem = 'its root cannot be read';
  let look = `see what a check of ${root} finds`;
  let reason: Reason | null = { kind: 'root-invalid', root, currentRoot };
  if (roots.ok) {
    // A directory that is named here adds to the vendor’s: nothing is removed because it was not looked for.
    const directories = [...defaultDirectories, ...(input.dir ?? [])];
    const absent = directories.filter((directory) => isAbsent(roots.newRoot, directory));
    const found = scan(
      roots.newRoot,
      directories.filter((directory) => !absent.includes(directory)),
    );
    const [withoutOs] = requireOs(roots);
    if (withoutOs === undefined && !hasErrors(found.diagnostics))
      return {
        images: [
          ...withShortNames(found.images, roots, currentRoot),
          ...bootcImages(roots.newRoot).map(asBound),
        ],
        absent,
      };
    problem = withoutOs?.message ?? 'its configuration has errors';
    if (withoutOs !== undefined) {
      look = 'see whether it is mounted';
      reason = null;
    }
  }
  throw new BoundImagesError('deployment', `what ${deployment.id} binds is not certain: ${problem}`, {
    hint: `nothing was removed; ${look}`,
    ...reasonOf({ reason }),
  });
}

import { existsSync } from 'node:fs';
import { hasErrors } from '../../diagnostic/diagnostic.js';
import { type BoundImage, noPullOptions } from '../../model/bound-image.js';
import type { Deployment } from '../../model/deployment.js';
import { BoundImagesError } from '../../model/error.js';
import type { RootPath } from '../../model/path.js';
import { parseReference } from '../../model/reference/reference.js';
import { recordedImages } from '../../operations/examine.js';
import { podmanOf, type StoreOptions, withTimeout } from '../../operations/planning.js';
import { openSession, type StateOptions } from '../../operations/store-session.js';
import { noDeployments } from '../../operations/target.js';
import { type Bound, keepNeeded, type Prunable, prunable } from '../../plan/prunable.js';
import { openRoots } from '../../root/open-roots.js';
import { defaultDirectories, isAbsent } from '../../scan/entries.js';
import { requireOs } from '../../scan/os-release.js';
import { scan } from '../../scan/scan.js';
import { type ReceiptStore, receiptStore } from '../../state/receipts.js';
import { stateDirectory } from '../../state/state-directory.js';
import { printable } from '../../text/printable.js';
import { findHost } from '../../tools/ostree/host.js';
import { imageNeeds } from '../../tools/podman/image-needs.js';
import type { Podman } from '../../tools/podman/podman.js';
import { readStoreFiles } from '../../tools/podman/store-files.js';
import { exitStatus } from '../exit-status.js';
import { traceCommands } from '../findings.js';
import { listenForInterruption, statusOfStop } from '../interruption.js';
import type { RootOptions } from '../options.js';
import { writeNote, writeResult } from '../output.js';
import { type PrunedImage, pruneJson, pruneText } from '../report/prune.js';
import { rootsOf } from './status.js';

export interface PruneOptions extends Omit<RootOptions, 'root'>, StoreOptions, StateOptions {
  readonly dryRun: boolean;
  readonly timeout?: number;
}

/** `bound-images prune`: removes what this tool pulled and nothing wants any more. */
export async function prune(options: PruneOptions): Promise<number> {
  const trace = options.verbose ? traceCommands() : undefined;
  const interruption = listenForInterruption((name) => writeNote(`${name}: stopping\n`));
  const signal = withTimeout(interruption.signal, options.timeout);
  try {
    const host = await findHost(signal, trace);
    if (host === undefined) throw noDeployments();
    const podman = podmanOf(options, trace);
    const session = await openSession(options, podman, signal);
    try {
      const deployments = await host.deployments(signal);
      const receipts = receiptStore(stateDirectory(options.stateDir));
      const bound = boundByAll(deployments, receipts, options);
      const { images: pulled, damage } = session.pulled();
      if (damage !== null) writeNote(`warning: ${damage.message}\nhint: ${damage.hint}\n`);
      const stored = await podman.images(signal);
      const unwanted = prunable(pulled, stored, bound, await podman.usedImages(signal));
      const found = unwanted.some(({ action }) => action === 'remove')
        ? keepNeeded(
            unwanted,
            imageNeeds(readStoreFiles(await podman.info(signal))),
            stored.map(({ id }) => id),
          )
        : unwanted;
      const done = options.dryRun ? found.map(untouched) : await removeAll(found, podman, signal);
      const report = { images: done, isDryRun: options.dryRun };
      writeResult(options.format === 'json' ? pruneJson(report) : pruneText(report, process.stdout));
      if (!options.dryRun) {
        session.forget(done.map((image) => ({ ...image, names: image.pulledAs })));
        forgetReceipts(receipts, deployments);
      }
      signal.throwIfAborted();
      return done.some(({ error }) => error !== null) ? exitStatus.imageMissing : exitStatus.ok;
    } finally {
      session.release();
    }
  } catch (error) {
    return statusOfStop(error, signal, interruption);
  } finally {
    interruption.release();
  }
}

/**
 * What deployments bind, as their roots say, and as `stage` found, which may have had other directories to read, and
 * knows the tags that an AllTags= stood for.
 *
 * @throws BoundImagesError `deployment` when it cannot be told for certain.
 */
function boundByAll(
  deployments: readonly Deployment[],
  receipts: ReceiptStore,
  options: PruneOptions,
): Bound {
  const recorded = deployments.flatMap(({ id }) => [...recordedImages(receipts, id)]);
  const read = deployments.map((deployment) => boundBy(deployment, options));
  // An older deployment may not have it yet.
  const unknown = options.dir?.find((directory) => read.every(({ absent }) => absent.includes(directory)));
  if (unknown !== undefined) {
    throw new BoundImagesError('usage', `no deployment has the directory ${printable(unknown)}`, {
      hint: 'nothing was removed; check the spelling of --dir',
    });
  }
  return {
    images: [
      ...read.flatMap(({ images }) => images),
      ...recorded.flatMap(([text]) => {
        const parsed = parseReference(text);
        return parsed.ok ? [{ reference: parsed.reference, options: noPullOptions }] : [];
      }),
    ],
    ids: new Set(recorded.flatMap(([, { id }]) => id ?? [])),
  };
}

/** What a deployment binds, and the directories that it does not have. */
interface BoundBy {
  readonly images: readonly BoundImage[];
  readonly absent: readonly RootPath[];
}

/** Whether its images could be pulled is of no matter here. @throws BoundImagesError `deployment`. */
function boundBy(deployment: Deployment, options: PruneOptions): BoundBy {
  const { root, currentRoot } = rootsOf(deployment, options);
  const roots = openRoots({ root, currentRoot });
  let problem = 'its root cannot be read';
  let look = `see bound-images check --root ${root} --current-root ${currentRoot}`;
  if (roots.ok) {
    // A directory that is named here adds to the vendor’s: nothing is removed because it was not looked for.
    const directories = [...defaultDirectories, ...(options.dir ?? [])];
    const absent = directories.filter((directory) => isAbsent(roots.newRoot, directory));
    const found = scan(
      roots.newRoot,
      directories.filter((directory) => !absent.includes(directory)),
    );
    const [withoutOs] = requireOs(roots);
    if (withoutOs === undefined && !hasErrors(found.diagnostics)) return { images: found.images, absent };
    problem = withoutOs?.message ?? 'its configuration has errors';
    if (withoutOs !== undefined) look = 'see whether it is mounted';
  }
  throw new BoundImagesError('deployment', `what ${deployment.id} binds is not certain: ${problem}`, {
    hint: `nothing was removed; ${look}`,
  });
}

const untouched = (image: Prunable): PrunedImage => ({ ...image, isDone: false, error: null });

async function removeAll(
  images: readonly Prunable[],
  podman: Podman,
  signal: AbortSignal,
): Promise<readonly PrunedImage[]> {
  const done: PrunedImage[] = [];
  for (const image of images) {
    const isWanted = image.action === 'bound' || image.action === 'used';
    if (isWanted || signal.aborted) done.push(untouched(image));
    else {
      const failure = await (image.action === 'remove'
        ? removeImage(image, podman, signal)
        : podman.untag(image.id, image.names, signal));
      // A podman that was stopped has said nothing.
      if (failure !== undefined && signal.aborted) done.push(untouched(image));
      else done.push({ ...image, isDone: failure === undefined, error: failure?.message ?? null });
    }
  }
  return done;
}

/**
 * By its ID, because a name may be another image's by now. podman refuses that while the image has several names, so
 * all but one go first; then one that somebody gave it meanwhile is not lost.
 */
async function removeImage({ id, names: [, ...surplus] }: Prunable, podman: Podman, signal: AbortSignal) {
  const failure = surplus.length === 0 ? undefined : await podman.untag(id, surplus, signal);
  return failure ?? (await podman.remove(id, signal));
}

function forgetReceipts(receipts: ReceiptStore, deployments: readonly Deployment[]): void {
  for (const receipt of receipts.all()) {
    if (receipt.kind !== 'read') continue;
    const { deployment, root } = receipt.value;
    // One that was named by its root is no deployment of this host.
    const isThere = deployment === root ? existsSync(root) : deployments.some(({ id }) => id === deployment);
    if (!isThere) receipts.remove(deployment);
  }
}

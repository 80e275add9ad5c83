import { existsSync } from 'node:fs';
import type { Deployment } from '../deployment/deployment.js';
import { findHost } from '../deployment/host.js';
import { hasErrors } from '../diagnostic/diagnostic.js';
import { BoundImagesError } from '../error.js';
import { type Bound, type Prunable, prunable } from '../plan/prunable.js';
import type { Podman } from '../podman/podman.js';
import { parseReference } from '../reference/reference.js';
import { type PrunedImage, pruneJson, pruneText } from '../report/prune.js';
import { openRoots } from '../root/open-roots.js';
import { type BoundImage, noPullOptions } from '../scan/bound-image.js';
import { defaultDirectories } from '../scan/entries.js';
import { scan } from '../scan/scan.js';
import { type ReceiptStore, receiptStore } from '../state/receipts.js';
import { stateDirectory } from '../state/state-directory.js';
import { recordedImages } from './examine.js';
import { exitStatus } from './exit-status.js';
import { traceCommands } from './findings.js';
import { listenForInterruption, statusOfStop } from './interruption.js';
import type { RootOptions } from './options.js';
import { writeNote, writeResult } from './output.js';
import { podmanOf, type StoreOptions, withTimeout } from './planning.js';
import { rootsOf } from './status.js';
import { openSession, type StateOptions } from './store-session.js';
import { noDeployments } from './target.js';

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
      const found = prunable(pulled, stored, bound, await podman.usedImages(signal));
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
  if (!deployments.some(({ booted }) => booted)) {
    throw new BoundImagesError('deployment', 'no deployment is known to be the booted one', {
      hint: 'nothing was removed; see what “ostree admin status” says, as root',
    });
  }
  const recorded = deployments.flatMap(({ id }) => [...recordedImages(receipts, id)]);
  return {
    images: [
      ...deployments.flatMap((deployment) => boundBy(deployment, options)),
      ...recorded.flatMap(([text]) => {
        const parsed = parseReference(text);
        return parsed.ok ? [{ reference: parsed.reference, options: noPullOptions }] : [];
      }),
    ],
    ids: new Set(recorded.flatMap(([, { id }]) => id ?? [])),
  };
}

/** Whether its images could be pulled is of no matter here. @throws BoundImagesError `deployment`. */
function boundBy(deployment: Deployment, options: PruneOptions): readonly BoundImage[] {
  const { root, currentRoot } = rootsOf(deployment, options);
  const roots = openRoots({ root, currentRoot });
  // A directory that is named here adds to the vendor’s: nothing is removed because it was not looked for.
  const found = roots.ok ? scan(roots.newRoot, [...defaultDirectories, ...(options.dir ?? [])]) : undefined;
  if (found !== undefined && !hasErrors(found.diagnostics)) return found.images;
  const problem = found === undefined ? 'its root cannot be read' : 'its configuration has errors';
  throw new BoundImagesError('deployment', `what ${deployment.id} binds is not certain: ${problem}`, {
    hint: `nothing was removed; see bound-images check --root ${root} --current-root ${currentRoot}`,
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

import type { Deployment } from '../deployment/deployment.js';
import { findHost } from '../deployment/host.js';
import { hasErrors } from '../diagnostic/diagnostic.js';
import { BoundImagesError, errorText } from '../error.js';
import { type Prunable, prunable } from '../plan/prunable.js';
import type { Podman } from '../podman/podman.js';
import type { Reference } from '../reference/reference.js';
import { type PrunedImage, pruneJson, pruneText } from '../report/prune.js';
import { receiptStore } from '../state/receipts.js';
import { stateDirectory } from '../state/state-directory.js';
import { exitStatus } from './exit-status.js';
import { traceCommands } from './findings.js';
import { listenForInterruption } from './interruption.js';
import type { RootOptions } from './options.js';
import { writeNote, writeResult } from './output.js';
import { podmanOf, type StoreOptions, withTimeout } from './planning.js';
import { readRoot } from './read-root.js';
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
    const session = await openSession(options, signal);
    try {
      const deployments = await host.deployments(signal);
      const bound = deployments.flatMap((deployment) => boundBy(deployment, options));
      const { images: pulled, damage } = session.pulled();
      if (damage !== null) writeNote(`warning: ${damage.message}\nhint: ${damage.hint}\n`);
      const stored = await podman.images(signal);
      const found = prunable(pulled, stored, bound, await podman.usedImages(signal));
      const done = options.dryRun ? found.map(untouched) : await removeAll(found, podman, signal);
      if (!options.dryRun) {
        session.forget(done);
        forgetReceipts(options, deployments);
      }
      const report = { images: done, isDryRun: options.dryRun };
      writeResult(options.format === 'json' ? pruneJson(report) : pruneText(report, process.stdout));
      return done.some(({ error }) => error !== null) ? exitStatus.imageMissing : exitStatus.ok;
    } finally {
      session.release();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return interruption.exitStatus() ?? exitStatus.transient;
  } finally {
    interruption.release();
  }
}

/** @throws BoundImagesError `deployment` when it cannot be told for certain what a deployment binds. */
function boundBy({ id, root }: Deployment, options: PruneOptions): readonly Reference[] {
  const hint = `nothing was removed; see bound-images check --root ${root}`;
  let read: ReturnType<typeof readRoot>;
  try {
    read = readRoot({ ...options, root });
  } catch (error) {
    throw new BoundImagesError('deployment', `what ${id} binds cannot be read: ${errorText(error)}`, {
      hint,
    });
  }
  if (hasErrors(read.diagnostics)) {
    throw new BoundImagesError(
      'deployment',
      `what ${id} binds is not certain: its configuration has errors`,
      {
        hint,
      },
    );
  }
  return read.images.map(({ image: { reference } }) => reference);
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
      done.push({ ...image, isDone: failure === undefined, error: failure?.message ?? null });
    }
  }
  return done;
}

/** By name, each takes only that name, and the last one the image: nobody's new name is lost. */
async function removeImage({ id, names }: Prunable, podman: Podman, signal: AbortSignal) {
  const tags = names.filter((name) => !name.includes('@'));
  for (const name of tags.length === 0 ? [id] : tags) {
    const failure = await podman.remove(name, signal);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function forgetReceipts({ stateDir }: PruneOptions, deployments: readonly Deployment[]): void {
  const receipts = receiptStore(stateDirectory(stateDir));
  for (const receipt of receipts.all()) {
    if (receipt.kind !== 'read') continue;
    const { deployment } = receipt.value;
    const isRoot = deployment.startsWith('/');
    if (!isRoot && !deployments.some(({ id }) => id === deployment)) receipts.remove(deployment);
  }
}

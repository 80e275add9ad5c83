import { hasErrors } from '../../diagnostic/diagnostic.js';
import type { Deployment } from '../../model/deployment.js';
import { errorText } from '../../model/error.js';
import type { StoreImages } from '../../model/store.js';
import { recordedImages } from '../../operations/examine.js';
import type { StoreInput } from '../../operations/inputs.js';
import { podmanOf } from '../../operations/planning.js';
import { readOs } from '../../operations/read-root.js';
import { graphRootOf } from '../../operations/store-session.js';
import { noDeployments } from '../../operations/target.js';
import { presenceOf } from '../../plan/presence.js';
import type { ReceiptStore } from '../../state/receipts.js';
import { receiptStore } from '../../state/receipts.js';
import { stateDirectory } from '../../state/state-directory.js';
import { storeWorker } from '../../state/store-worker.js';
import { findHost } from '../../tools/ostree/host.js';
import type { Podman } from '../../tools/podman/podman.js';
import { readArtifacts, readStoreImages } from '../../tools/podman/store-content.js';
import { exitStatus } from '../exit-status.js';
import { traceCommands } from '../findings.js';
import { observerFor } from '../observer.js';
import type { RootOptions } from '../options.js';
import { writeNote, writeResult } from '../output.js';
import { type DeploymentStatus, type StatusReport, statusJson, statusText } from '../report/status.js';

export interface StatusOptions extends Omit<RootOptions, 'root'>, StoreInput {
  readonly stateDir?: string;
}

/** `bound-images status`: the deployments of this host, with their images and how the last run went. */
export async function status(options: StatusOptions): Promise<number> {
  const trace = options.verbose ? traceCommands() : undefined;
  const { signal } = new AbortController();
  const host = await findHost(signal, trace);
  if (host === undefined) throw noDeployments();
  const receipts = receiptStore(stateDirectory(options.stateDir));
  const podman = podmanOf(options, observerFor(options));
  const stored = await readStoreImages(podman, [], { signal });
  const deployments: DeploymentStatus[] = [];
  for (const deployment of await host.deployments(signal)) {
    deployments.push(await statusOf(deployment, options, podman, stored, receipts, signal));
  }
  const damaged = receipts.all().flatMap((each) => (each.kind === 'damaged' ? [each.damage] : []));
  for (const { message, hint } of damaged) writeNote(`warning: ${message}\nhint: ${hint}\n`);
  const busy = await findWorker(() => graphRootOf(options, podman, signal));
  const report = { kind: host.kind, deployments, busy, damaged };
  writeResult(options.format === 'json' ? statusJson(report) : statusText(report, process.stdout));
  return exitStatus.ok;
}

/** Where it cannot be told, there is still all the rest to tell. */
async function findWorker(graphRoot: () => Promise<string>): Promise<StatusReport['busy']> {
  const worker = await graphRoot()
    .then((root) => storeWorker(root))
    .catch((error: unknown) => ({ kind: 'unknown', reason: errorText(error) }) as const);
  if (worker.kind === 'unknown')
    writeNote(`warning: whether another bound-images is at work is not known: ${worker.reason}\n`);
  return worker.kind === 'busy' ? { holder: worker.holder } : null;
}

/**
 * The roots to read a deployment with. Finalization gives the staged one its `/etc`; that of every other one is made
 * already, and nothing of the running system's comes into it.
 */
export function rootsOf(
  { root, staged }: Pick<Deployment, 'root' | 'staged'>,
  { currentRoot }: Pick<RootOptions, 'currentRoot'>,
): Pick<RootOptions, 'root' | 'currentRoot'> {
  return { root, currentRoot: staged ? currentRoot : root };
}

async function statusOf(
  deployment: Deployment,
  options: StatusOptions,
  podman: Podman,
  stored: StoreImages,
  receipts: ReceiptStore,
  signal: AbortSignal,
): Promise<DeploymentStatus> {
  const receipt = receipts.read(deployment.id);
  const known = receipt.kind === 'read' ? receipt.value : null;
  try {
    const { images, diagnostics } = readOs({ ...options, ...rootsOf(deployment, options) });
    const content = { ...stored, artifacts: await readArtifacts(podman, images, signal) };
    const invalid = hasErrors(diagnostics) ? 'its configuration has errors: see bound-images check' : null;
    const withoutOs = diagnostics.find(({ rule }) => rule === 'root-without-os');
    // Without its receipt, a tag may mean another image by now.
    const damage = receipt.kind === 'damaged' ? receipt.damage.message : null;
    const recorded = damage === null ? recordedImages(receipts, deployment.id) : undefined;
    const error = withoutOs?.message ?? invalid ?? damage;
    return { deployment, images: presenceOf(images, content, recorded), receipt: known, error };
  } catch (error) {
    return { deployment, images: [], receipt: known, error: errorText(error) };
  }
}

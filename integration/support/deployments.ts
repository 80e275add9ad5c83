import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Receipt } from '../../src/model/receipt.js';
import { errnoCode } from '../../src/text/errno.js';
import type { OstreeHost } from './ostree-host.js';
import { type DeployedRoot, stateroot } from './ostree-sysroot.js';

/** What `bound-images` calls a deployment. */
export function idOf({ root }: DeployedRoot): string {
  return `${stateroot}-${basename(root)}`;
}

/** The path of a deployment's receipt on its host. */
export function receiptFile(deployment: DeployedRoot): string {
  return `/var/lib/bound-images/${idOf(deployment)}.json`;
}

/** The receipt of a deployment; undefined when it has none. */
export async function receiptOf(host: OstreeHost, deployment: DeployedRoot): Promise<Receipt | undefined> {
  try {
    return JSON.parse(await readFile(host.path(receiptFile(deployment)), 'utf8'));
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The names of all images in the host's store, sorted. */
export async function storedNames(host: OstreeHost): Promise<readonly string[]> {
  const rows: readonly { Names?: readonly string[] }[] = JSON.parse(
    await host.runOk(['podman', 'image', 'list', '--format', 'json']),
  );
  // podman prints an image once for each of its names, always with all of them.
  return [...new Set(rows.flatMap(({ Names = [] }) => Names))].sort();
}

/** Those of the references that name no image of the host's store, which podman is asked without a network. */
export async function missingOffline(
  host: OstreeHost,
  references: readonly string[],
): Promise<readonly string[]> {
  const script = 'for name; do podman image inspect -- "$name" >/dev/null 2>&1 || echo "$name"; done';
  const stdout = await host.runOk(['unshare', '--net', 'sh', '-c', script, 'sh', ...references]);
  return stdout.split('\n').slice(0, -1);
}

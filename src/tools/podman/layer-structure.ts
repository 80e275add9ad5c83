import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../../model/error.js';
import type { LayerRecord } from './store-files.js';
import type { StoreInfo } from './store-info.js';

/** What a look at a layer found. `unknown`: it cannot be told, and why. */
export type Found =
  | { readonly kind: 'sound' }
  | { readonly kind: 'damaged'; readonly problem: string }
  | { readonly kind: 'unknown'; readonly problem: string };

/**
 * Whether the files of a layer are where podman mounts them from. `below` are the layers under it, the base first.
 * For overlay: its directory `diff`, its name for mounts in `link`, and its lower layers in `lower-layers` (podman 5.8)
 * or `lower`. An empty one of these, as a power cut leaves it, has podman 4.3 start a container without its lower
 * layers. A link in `l` that is missing is no damage: podman up to 5.4 makes it again, and 5.8 needs none.
 * Source: go.podman.io/storage drivers/overlay/overlay.go, `get` and `getLowerLayerIDs`; drivers/vfs/driver.go.
 */
export function layerStructure(info: StoreInfo, layer: LayerRecord, below: readonly LayerRecord[]): Found {
  try {
    const directory = layerDirectory(info, layer);
    if (directory === null) return cannotTell(info);
    const problem =
      info.driver === 'vfs'
        ? isDirectory(directory)
          ? null
          : `there is no directory ${directory}`
        : overlayProblem(directory, below);
    return problem === null ? { kind: 'sound' } : { kind: 'damaged', problem };
  } catch (error) {
    return { kind: 'unknown', problem: errorText(error) };
  }
}

export function cannotTell({ driver }: StoreInfo): Found {
  return { kind: 'unknown', problem: `the layers of the storage driver ${driver} are not known` };
}

/** Where the driver keeps a layer, in whichever of the store's parts; null for a driver that we do not know. */
export function layerDirectory({ driver, roots }: StoreInfo, { id }: LayerRecord): string | null {
  if (driver !== 'overlay' && driver !== 'vfs') return null;
  const directories = roots.map((root) =>
    driver === 'vfs' ? join(root, driver, 'dir', id) : join(root, driver, id),
  );
  return directories.find(isDirectory) ?? directories[0] ?? null;
}

/** A layer whose names are in one file and whose contents lie apart, by their digests. */
export function isComposefs(directory: string): boolean {
  return isDirectory(join(directory, 'composefs-data'));
}

function overlayProblem(directory: string, below: readonly LayerRecord[]): string | null {
  const diff = join(directory, 'diff');
  if (!isDirectory(diff)) return `there is no directory ${diff}`;
  if (isComposefs(directory) && readdirSync(join(directory, 'composefs-data')).length === 0) {
    return `${join(directory, 'composefs-data')} is empty`;
  }
  const link = readText(join(directory, 'link'));
  if (link === null || !/^\w+$/.test(link)) return `${join(directory, 'link')} is missing or empty`;
  const target = join(directory, '..', 'l', link);
  if (isDangling(target)) return `${target} leads nowhere`;
  if (below.length === 0) return null;
  const [byId, byLink] = ['lower-layers', 'lower'].map((name) => readText(join(directory, name)));
  const lower = (byId ?? byLink ?? '').split(':').map((name) => name.replace(/^l\//, ''));
  const isWhole = lower.length === below.length && lower.every((name) => /^\w+$/.test(name));
  return isWhole ? null : `${join(directory, 'lower')} does not name the ${below.length} layers below it`;
}

/** @throws Error when it cannot be told. */
function isDirectory(path: string): boolean {
  return unlessMissing(() => statSync(path).isDirectory()) ?? false;
}

/** A link that is there, to nothing. */
function isDangling(path: string): boolean {
  return unlessMissing(() => lstatSync(path)) !== null && !isDirectory(path);
}

function readText(path: string): string | null {
  return unlessMissing(() => readFileSync(path, 'utf8').trim());
}

/** null where nothing is there. @throws Error when it cannot be told. */
export function unlessMissing<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'EISDIR') return null;
    throw error;
  }
}

import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { configuredImageStore } from './storage-conf.js';

/**
 * What tells an image from the same one pulled again, with or without being removed before; null for one that the
 * store does not have. containers/storage makes a directory for an image, and each pull replaces files in it, also
 * where the image is there (go.podman.io/storage images.go, `create` and `setBigData`). What names and containers
 * change lies elsewhere. podman itself shows nothing of it: its time of an image is that of the build.
 */
export function imageStamp(
  graphRoot: string,
  id: string,
  imageStore = configuredImageStore(),
): string | null {
  const roots = [graphRoot, ...(imageStore === null ? [] : [imageStore])];
  const stamps = roots.flatMap(imageDirectories).flatMap((directory) => {
    const stats = lstatSync(join(directory, id), { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? [] : `${stats.ino} ${stats.mtimeNs}`;
  });
  return stamps.length === 0 ? null : stamps.join(', ');
}

/** One for each driver: `overlay-images`. */
function imageDirectories(root: string): readonly string[] {
  try {
    return readdirSync(root).flatMap((name) => (name.endsWith('-images') ? join(root, name) : []));
  } catch {
    return [];
  }
}

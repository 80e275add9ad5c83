import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileName } from './file-name.js';

/**
 * The directory for what belongs to one store, below the state directory. `store` is the store's root, or
 * empty for the one that podman uses by default. Two paths to one place name one store.
 */
export function storeDirectory(stateDirectory: string, store: string): string {
  return join(stateDirectory, 'stores', store === '' ? 'default' : fileName(realPath(resolve(store))));
}

/** The path without links, as far as it exists: the first pull makes the store. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path === '/' ? path : join(realPath(dirname(path)), basename(path));
  }
}

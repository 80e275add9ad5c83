import { join } from 'node:path';

/**
 * The directory for what belongs to one store: in podman's `graphRoot` itself. Whatever path, state directory, mount
 * namespace or container a run comes through, it finds the same one, and it ends with the store. containers/storage
 * looks only at what it has made there.
 */
export function storeDirectory(graphRoot: string): string {
  return join(graphRoot, 'bound-images');
}

import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exec, execOk } from '../../support/exec.js';
import { newStore, type Store } from '../../support/store.js';
import { type Cleanup, tempDir } from '../../support/temp.js';

/** Stores for one run each, all alike. */
export type RunStores = {
  /** Lends a store to `use` and deletes it afterwards. */
  readonly withStore: <T>(use: (store: Store) => Promise<T>) => Promise<T>;
};

/** Prepares a store of that podman that holds the references, which every run gets a copy of. */
export async function prepareStores(
  cleanup: Cleanup,
  references: readonly string[],
  podman: string,
): Promise<RunStores> {
  const dir = await tempDir(cleanup);
  // podman's database names the store's path, so each copy has to lie where the first one lay.
  const parent = join(dir, 'store');
  const prepared = join(dir, 'prepared');
  const withStoreIn = async <T>(use: (store: Store) => Promise<T>): Promise<T> => {
    const store = await newStore(parent, podman);
    try {
      return await use(store);
    } finally {
      await store.remove();
    }
  };
  await mkdir(parent);
  if (references.length > 0) {
    await withStoreIn(async (store) => {
      const { exitCode, stderr } = await store.podman([
        'pull',
        '--quiet',
        '--tls-verify=false',
        ...references,
      ]);
      if (exitCode !== 0) throw new Error(`Preparing the store failed:\n${stderr}`);
    });
  }
  await rename(parent, prepared);
  return {
    withStore: async (use) => {
      try {
        await execOk('cp', ['--archive', '--reflink=auto', '--', prepared, parent]);
        return await withStoreIn(async (store) => {
          // What was written before must not slow down what is measured.
          await exec('sync', []);
          return await use(store);
        });
      } finally {
        await rm(parent, { recursive: true, force: true });
      }
    },
  };
}

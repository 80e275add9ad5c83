import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { absentAs, anything, object, record, text } from '../../text/shape.js';
import { printed } from './printed.js';
import { configuredImageStore } from './storage-conf.js';
import type { Store } from './store.js';

/** Where a store keeps its parts, and whose it is. */
export interface StoreInfo {
  /** Of podman, `N.N.N`; `undefined` where it does not say so. */
  readonly version: string | undefined;
  /** Where pulled images go: podman's `graphRoot`, or an `imagestore` of its own. */
  readonly root: string;
  /** podman's `graphRoot`. */
  readonly graphRoot: string;
  /** The storage driver: most have `overlay`. */
  readonly driver: string;
  /** The directories that hold parts of it: the store's own, its `imagestore`, and additional image stores. */
  readonly roots: readonly string[];
  /** The directories that list layers, of the store and of its additional image stores. */
  readonly layerDirectories: readonly string[];
}

const info = object({
  version: absentAs(undefined, object({ Version: absentAs(undefined, text) })),
  store: object({
    graphRoot: text,
    graphDriverName: text,
    graphOptions: absentAs<Options, Options>({}, record(anything)),
  }),
});
type Options = Readonly<Record<string, unknown>>;

/**
 * Reads what `podman info --format json` prints. Additional stores are an option of the driver, which podman
 * 4.3 calls `overlay.imagestore`, naming the last one only; 5.4 adds `overlay.additionalImageStores`, and 5.8
 * leaves out the driver. No version prints the `imagestore` of storage.conf(5), but one that uses it (5.4 puts
 * the images there, 5.8 also the list of layers) has made its directories before it prints anything.
 */
export function parseStoreInfo(json: string, imageStore = configuredImageStore()): StoreInfo {
  const { version, store } = printed(info)(json);
  const { graphRoot, graphDriverName: driver, graphOptions } = store;
  const additional = Object.entries(graphOptions)
    .filter(([name]) => /(?:^|\.)(?:imagestore|additionalimagestores?)$/i.test(name))
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .flatMap((value) => (typeof value === 'string' ? value.split(',') : []));
  const isSplit = imageStore !== null && existsSync(join(imageStore, `${driver}-images`));
  const roots = new Set([...(isSplit ? [imageStore] : []), graphRoot, ...additional]);
  return {
    version: /^\d+\.\d+\.\d+/.exec(version?.Version ?? '')?.[0],
    root: isSplit ? imageStore : graphRoot,
    graphRoot,
    driver,
    roots: [...roots],
    layerDirectories: [...roots].map((root) => join(root, `${driver}-layers`)),
  };
}

/** With the paths of this host in place of those that podman alone sees. */
export function located(info: StoreInfo, { root, elsewhere }: Pick<Store, 'root' | 'elsewhere'>): StoreInfo {
  if (root === undefined || elsewhere === undefined) return info;
  const { directory } = elsewhere;
  const seen = (path: string) =>
    path === root || path.startsWith(`${root}/`) ? directory + path.slice(root.length) : path;
  return {
    ...info,
    root: seen(info.root),
    graphRoot: seen(info.graphRoot),
    roots: info.roots.map(seen),
    layerDirectories: info.layerDirectories.map(seen),
  };
}

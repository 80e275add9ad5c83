import { join } from 'node:path';

/** Where a store keeps its parts. */
export interface StoreInfo {
  /** podman's `graphRoot`. */
  readonly root: string;
  /** The directories that list layers, of the store and of its additional image stores. */
  readonly layerDirectories: readonly string[];
}

/** Reads what `podman info --format json` prints (podman 4.3 to 5.8 print these fields alike). */
export function parseStoreInfo(json: string): StoreInfo {
  const { store } = JSON.parse(json) as { store?: Record<string, unknown> };
  const root = store?.graphRoot;
  const driver = store?.graphDriverName;
  if (typeof root !== 'string' || typeof driver !== 'string') throw new TypeError('podman names no store');
  const options = (store?.graphOptions ?? {}) as Record<string, unknown>;
  const additional = Object.entries(options)
    .filter(([name]) => name.endsWith('.imagestore') || name.endsWith('.additionalimagestores'))
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter((value) => typeof value === 'string');
  return { root, layerDirectories: [root, ...additional].map((each) => join(each, `${driver}-layers`)) };
}

import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreLayers } from '../../model/store.js';
import { isComplete, type Row, readRows } from './store-files.js';
import type { StoreInfo } from './store-info.js';

/** In place of the version of a file that is not there. */
const absent = '';
const files = ['layers.json', 'volatile-layers.json'];

/**
 * Makes a function that reads which layers a store has, and reads again only what has changed. podman lists a
 * layer the moment that it is committed, which is long before its image is complete. The list is the store's
 * own (go.podman.io/storage layers.go, `Layer`) and no interface of podman's: what cannot be read holds
 * nothing, and a layer then counts as missing for longer than it is.
 */
export function storeLayersReader({
  layerDirectories,
}: Pick<StoreInfo, 'layerDirectories'>): () => StoreLayers {
  const paths = layerDirectories.flatMap((directory) => files.map((file) => join(directory, file)));
  const seen = new Map<string, { readonly version: string; readonly layers: readonly StoredLayer[] }>();
  let current: StoreLayers | undefined;
  return () => {
    for (const path of paths) {
      const version = versionOf(path);
      if (version === seen.get(path)?.version) continue;
      const layers = version === absent ? [] : readRows(path)?.filter(isComplete).map(readLayer);
      // podman replaces the list as a whole; one that is cut short after a crash is read again once it changes.
      if (layers === undefined) continue;
      seen.set(path, { version, layers });
      current = undefined;
    }
    current ??= summarize([...seen.values()].flatMap(({ layers }) => layers));
    return current;
  };
}

interface StoredLayer {
  readonly digest: string | undefined;
  readonly compressedBytes: number;
  readonly unpackedBytes: number;
}

function summarize(layers: readonly StoredLayer[]): StoreLayers {
  return {
    digests: new Set(layers.flatMap(({ digest }) => digest ?? [])),
    compressedBytes: sum(layers.map(({ compressedBytes }) => compressedBytes)),
    unpackedBytes: sum(layers.map(({ unpackedBytes }) => unpackedBytes)),
  };
}

function versionOf(path: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return absent;
  }
}

function readLayer(row: Row): StoredLayer {
  const [fetched, content] = [row['compressed-diff-digest'], row['diff-digest']];
  const digest = fetched ?? row['toc-digest'] ?? content;
  const [compressed, unpacked] = [row['compressed-size'], row['diff-size']];
  // One that was built or imported here has the same digest for both: it was never compressed.
  const isMeasured =
    fetched !== content && typeof compressed === 'number' && typeof unpacked === 'number' && compressed > 0;
  return {
    digest: typeof digest === 'string' ? digest : undefined,
    compressedBytes: isMeasured ? compressed : 0,
    unpackedBytes: isMeasured ? unpacked : 0,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The layers that a store lists. */
export type ListedLayers = {
  /** Digests of the compressed blobs, `algorithm:hex`, of layers that are complete. */
  readonly committed: readonly string[];
  /** How many podman was still unpacking, or removing. */
  readonly incomplete: number;
};

type Row = {
  readonly 'compressed-diff-digest'?: string;
  readonly flags?: { readonly incomplete?: boolean };
};

/** Reads the list of the store at `root` (go.podman.io/storage layers.go, `Layer`); no podman may be at work. */
export async function listedLayers(root: string): Promise<ListedLayers> {
  // Named after the storage driver. A podman that was killed early may have made none yet.
  const directories = (await readdir(root)).filter((name) => name.endsWith('-layers'));
  const texts = await Promise.all(
    directories.map((name) => readFile(join(root, name, 'layers.json'), 'utf8').catch(() => '[]')),
  );
  const rows: readonly Row[] = texts.flatMap((text) => JSON.parse(text) ?? []);
  const complete = rows.filter(({ flags }) => !flags?.incomplete);
  return {
    committed: complete.flatMap((row) => row['compressed-diff-digest'] ?? []),
    incomplete: rows.length - complete.length,
  };
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson, readJson } from '../../text/json.js';
import { isObject, type Shape, texts } from '../../text/shape.js';
import type { StoreInfo } from './store-info.js';

/**
 * What a store's own files say of its images and layers. They are no interface of podman's, but all versions from 4.3
 * to 5.8 write them alike. Source: go.podman.io/storage images.go, `Image`; layers.go, `Layer`.
 */
export interface StoreFiles {
  readonly info: StoreInfo;
  /** By ID. */
  readonly images: ReadonlyMap<string, ImageRecord>;
  /** By ID. */
  readonly layers: ReadonlyMap<string, LayerRecord>;
  /** A list is there that cannot be read, so that what is not listed may be there all the same. */
  readonly isPartial: boolean;
}

export interface ImageRecord {
  readonly id: string;
  readonly names: readonly string[];
  readonly digest: string | null;
  /** The layer on top; null for an image that has none. */
  readonly topLayer: string | null;
  /** Its manifests, its config, and what else is kept of it. */
  readonly parts: readonly ImagePart[];
}

export interface ImagePart {
  readonly key: string;
  readonly path: string;
  /** In bytes; null where nobody knows. */
  readonly size: number | null;
  /** `algorithm:hex` of the content. */
  readonly digest: string | null;
}

export interface LayerRecord {
  readonly id: string;
  readonly parent: string | null;
  /** `algorithm:hex` of the layer as a tar archive; null where podman has not seen it as one. */
  readonly digest: string | null;
  /** `algorithm:hex` of its table of contents, where podman knows it by that. */
  readonly tocDigest: string | null;
  /** What is needed to make that archive again, beside the files. */
  readonly tarSplit: string;
}

/** Reads the lists anew. podman replaces each as a whole. */
export function readStoreFiles(info: StoreInfo): StoreFiles {
  const images = new Map<string, ImageRecord>();
  const layers = new Map<string, LayerRecord>();
  let isPartial = false;
  const rows = (path: string): readonly Row[] => {
    const read = readRows(path);
    isPartial ||= read === undefined;
    return read ?? [];
  };
  // What the store itself says counts more than an additional store.
  for (const root of info.roots.toReversed()) {
    const directory = join(root, `${info.driver}-images`);
    for (const row of rows(join(directory, 'images.json'))) {
      const image = imageOf(row, directory);
      images.set(image.id, image);
    }
  }
  for (const directory of info.layerDirectories.toReversed()) {
    for (const row of rows(join(directory, 'layers.json'))) {
      const layer = layerOf(row, directory);
      if (isComplete(row)) layers.set(layer.id, layer);
    }
  }
  return { info, images, layers, isPartial };
}

/** The layers of an image, the base first; `missing` is the ID of one that is not listed. */
export function chainOf(
  { layers }: StoreFiles,
  { topLayer }: Pick<ImageRecord, 'topLayer'>,
): { readonly chain: readonly LayerRecord[]; readonly missing: string | null } {
  const chain: LayerRecord[] = [];
  for (let id = topLayer; id !== null; ) {
    const layer = layers.get(id);
    if (layer === undefined || chain.includes(layer)) return { chain, missing: id };
    chain.unshift(layer);
    id = layer.parent;
  }
  return { chain, missing: null };
}

export type Row = Readonly<Record<string, unknown>>;

/** The rows of a list of images or layers; `undefined` for a list that is there and cannot be read. */
export function readRows(path: string): readonly Row[] | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : undefined;
  }
  const parsed = parseJson(text);
  if (!parsed.ok) return undefined;
  const rows = parsed.value;
  if (!Array.isArray(rows)) return [];
  return rows.every(isObject) ? rows : undefined;
}

/** What is kept of an image, where it can be read and has that shape. */
export function readPart<T>(shape: Shape<T>, path: string | undefined): T | undefined {
  if (path === undefined) return undefined;
  try {
    const fitted = readJson(shape, readFileSync(path, 'utf8'));
    return fitted.kind === 'fits' ? fitted.value : undefined;
  } catch {
    return undefined;
  }
}

/** A layer that podman was killed over is listed, too, and is thrown away by the next podman. */
export function isComplete(row: Row): boolean {
  return table(row.flags).incomplete !== true;
}

function imageOf(row: Row, directory: string): ImageRecord {
  const id = String(row.id);
  const [sizes, digests] = [table(row['big-data-sizes']), table(row['big-data-digests'])];
  return {
    id,
    names: texts(row.names, 'names'),
    digest: text(row.digest),
    topLayer: text(row.layer),
    parts: texts(row['big-data-names'], 'big-data-names').map((key) => ({
      key,
      path: join(directory, id, fileName(key)),
      size: typeof sizes[key] === 'number' ? sizes[key] : null,
      digest: text(digests[key]),
    })),
  };
}

function layerOf(row: Row, directory: string): LayerRecord {
  const id = String(row.id);
  return {
    id,
    parent: text(row.parent),
    digest: text(row['diff-digest']),
    tocDigest: text(row['toc-digest']),
    tarSplit: join(directory, `${id}.tar-split.gz`),
  };
}

/** Source: go.podman.io/storage store.go, `makeBigDataBaseName`. */
function fileName(key: string): string {
  return /^[.0-9a-z]*$/.test(key) ? key : `=${Buffer.from(key).toString('base64')}`;
}

function table(value: unknown): Row {
  return isObject(value) ? value : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errorText } from '../../model/error.js';
import type { Platform } from '../../model/platform.js';
import type { ImageProof } from '../../model/store.js';
import { absentAs, anything, elseAs, list, object, text } from '../../text/shape.js';
import { type Found, layerStructure, unlessMissing } from './layer-structure.js';
import { chainOf, type ImageRecord, type LayerRecord, readPart, type StoreFiles } from './store-files.js';

/** What was found out about the content of a layer. */
export type ContentProof = (layer: LayerRecord) => Found;

/**
 * Makes a function that proves an image by its ID: its manifest and config have the digests that are listed, every
 * layer of it is listed, and is where podman mounts it from. Nothing is looked at twice.
 */
export function imageProofs(
  files: StoreFiles,
  content?: ContentProof,
  isDeep = content !== undefined,
): (id: string) => ImageProof {
  const layers = new Map<string, Found>();
  const proofs = new Map<string, ImageProof>();
  const proveLayer = (layer: LayerRecord, below: readonly LayerRecord[]): Found => {
    const known = layers.get(layer.id);
    if (known !== undefined) return known;
    const structure = layerStructure(files.info, layer, below);
    const inside = structure.kind === 'damaged' ? undefined : content?.(layer);
    const found = inside === undefined || inside.kind === 'sound' ? structure : inside;
    layers.set(layer.id, found);
    return found;
  };
  return (id) => {
    const known = proofs.get(id);
    if (known !== undefined) return known;
    const image = files.images.get(id);
    const found =
      image === undefined
        ? { isList: false, platform: null, damage: null, unproved: 'the lists of the store do not have it' }
        : { isList: isList(image), ...proveImage(files, image, proveLayer) };
    const proof = { ...found, isDeep };
    proofs.set(id, proof);
    return proof;
  };
}

function proveImage(
  files: StoreFiles,
  image: ImageRecord,
  proveLayer: (layer: LayerRecord, below: readonly LayerRecord[]) => Found,
): Omit<ImageProof, 'isDeep' | 'isList'> {
  const platform = readConfig(image).platform;
  let broken: ImageRecord['parts'][number] | undefined;
  try {
    broken = image.parts.find(({ key, ...part }) => isNeeded(key) && !isWhole(part));
  } catch (error) {
    return { platform, damage: null, unproved: errorText(error) };
  }
  if (broken !== undefined) {
    const problem = `${broken.path} is missing, or not what it was`;
    return { platform, damage: { problem, layers: [] }, unproved: null };
  }
  const { chain, missing } = chainOf(files, image);
  if (missing !== null) {
    const problem = `its layer ${missing} is not in the list of layers`;
    if (files.isPartial) return { platform, damage: null, unproved: problem };
    return { platform, damage: { problem, layers: [missing] }, unproved: null };
  }
  const found = chain.map((layer, index) => ({ layer, ...proveLayer(layer, chain.slice(0, index)) }));
  const damaged = found.filter(({ kind }) => kind === 'damaged');
  const unknown = found.find(({ kind }) => kind === 'unknown');
  const [first] = damaged;
  return {
    platform,
    damage:
      first === undefined || first.kind === 'sound'
        ? null
        : { problem: first.problem, layers: damaged.map(({ layer: { id } }) => id) },
    unproved: unknown === undefined || unknown.kind === 'sound' ? null : unknown.problem,
  };
}

/** What `podman manifest create` makes has neither a config nor a layer. */
export function isList({ topLayer, parts }: ImageRecord): boolean {
  return topLayer === null && !parts.some(({ key }) => isConfig(key));
}

/** It is named by its digest. */
function isConfig(key: string): boolean {
  return /^\w+:/.test(key);
}

/** Signatures are not: nothing looks at them once an image is in the store. */
function isNeeded(key: string): boolean {
  return !key.startsWith('signature');
}

/** @throws Error when it cannot be told. */
function isWhole({ path, digest }: Pick<ImageRecord['parts'][number], 'path' | 'digest'>): boolean {
  const content = unlessMissing(() => readFileSync(path));
  if (content === null || digest === null) return content !== null;
  const [algorithm = '', hex] = digest.split(':');
  return createHash(algorithm).update(content).digest('hex') === hex;
}

/** What its config says: the platform, and the digests of its layers as tar archives, the base first. */
export function readConfig({ id, parts }: ImageRecord): {
  readonly platform: Platform | null;
  readonly layers: readonly unknown[];
} {
  const part = parts.find(({ key }) => key === `sha256:${id}`) ?? parts.find(({ key }) => isConfig(key));
  const config = readPart(imageConfig, part?.path);
  if (config === undefined) return { platform: null, layers: [] };
  const { os, architecture, variant, rootfs } = config;
  return { platform: { os, architecture, variant: variant || null }, layers: rootfs.diff_ids };
}

const textOrEmpty = elseAs('', absentAs('', text));
const imageConfig = object({
  os: textOrEmpty,
  architecture: textOrEmpty,
  variant: textOrEmpty,
  rootfs: elseAs({ diff_ids: [] }, object({ diff_ids: elseAs([], list(anything)) })),
});

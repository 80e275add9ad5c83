import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chainOf, type ImageRecord, type LayerRecord, type StoreFiles } from './store-files.js';

/**
 * podman has no command for a layer of which no image is made, as a pull leaves it that was cut short, and builds on it
 * for as long as it is listed. But an image that has nothing except such layers is made without reading one of them, and
 * they go with it. Source: go.podman.io/image storage/storage_dest.go, `tryReusingBlobAsPending` and `commitLayer`;
 * go.podman.io/storage store.go, `DeleteImage`.
 */
export interface LayerStack {
  /** The base first. */
  readonly layers: readonly (LayerRecord & { readonly digest: string })[];
}

/** IDs of the layers of which no image is made, leaving out what `layerStacks` has podman make one of. */
export function layersWithoutImage(files: StoreFiles): ReadonlySet<string> {
  const images = [...files.images.values()].filter((image) => !isOfStack(files, image));
  const used = new Set(images.flatMap((image) => chainOf(files, image).chain.map(({ id }) => id)));
  return new Set([...files.layers.keys()].filter((id) => !used.has(id)));
}

/** What to have podman make images of, and to remove, so that damaged layers go of which no image is made. */
export function layerStacks(files: StoreFiles, damaged: ReadonlySet<string>): readonly LayerStack[] {
  const free = layersWithoutImage(files);
  const ends = [...free].flatMap((id) => files.layers.get(id) ?? []);
  const isBelow = ({ id }: LayerRecord) =>
    ends.some(({ parent, digest }) => parent === id && digest !== null);
  return ends
    .filter((layer) => !isBelow(layer))
    .map(({ id }) => chainOf(files, { topLayer: id }).chain)
    .filter((chain) => chain.some(({ id }) => free.has(id) && damaged.has(id)))
    .filter(isNamedByContent)
    .map((layers) => ({ layers }));
}

/** Whether podman will find each layer by its digest, and in its place. */
function isNamedByContent(chain: readonly LayerRecord[]): chain is LayerStack['layers'] {
  return chain.every(({ id, digest }, index) => {
    if (digest === null) return false;
    const [, hex = ''] = digest.split(':');
    const below = chain[index - 1];
    return id === (below === undefined ? hex : sha256(`${below.id}+${hex}`));
  });
}

/** An image that a podman has made of a stack, and that was not removed. Nobody else makes one with such a config. */
function isOfStack(files: StoreFiles, image: ImageRecord): boolean {
  const { chain, missing } = chainOf(files, image);
  return missing === null && isNamedByContent(chain) && image.id === sha256(configOf({ layers: chain }));
}

/** Writes an OCI layout into an empty directory: the image of the stack, without its layers. */
export function writeLayout(directory: string, stack: LayerStack): void {
  const blobs = join(directory, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const blob = (mediaType: string, text: string) => {
    const hex = sha256(text);
    writeFileSync(join(blobs, hex), text);
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(text) };
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: blob('application/vnd.oci.image.config.v1+json', configOf(stack)),
    layers: stack.layers.map(({ digest }) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest,
      // Nobody looks: none is fetched.
      size: 1,
    })),
  };
  const index = { schemaVersion: 2, manifests: [blob(manifest.mediaType, JSON.stringify(manifest))] };
  writeFileSync(join(directory, 'index.json'), JSON.stringify(index));
  writeFileSync(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}

/** containers-policy.json(5) for that layout, whatever the host demands of images that are run. */
export const layoutPolicy = JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] });

function configOf({ layers }: LayerStack): string {
  return JSON.stringify({
    author: 'bound-images, to remove damaged layers',
    architecture: '',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

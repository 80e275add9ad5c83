import { createHash } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Layer, type LayerSpec, writeLayer } from './layer.js';

/** `architecture` and so on as in an OCI descriptor's `platform`. */
export type Platform = { readonly architecture: string; readonly os: string; readonly variant?: string };

export type ImageSpec = {
  readonly layers: readonly LayerSpec[];
  /** This machine's when absent. */
  readonly platform?: Platform;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of its manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
};

/** A content descriptor, as in the OCI image spec. */
export type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number };

/** One platform's image in a layout. */
export type BuiltImage = Descriptor & {
  readonly platform: Platform;
  readonly config: Descriptor;
  readonly layers: readonly Layer[];
};

/** An index in a layout; `images` are in the order of their specs. */
export type BuiltIndex = Descriptor & { readonly images: readonly BuiltImage[] };

/** An OCI image layout that grows; a layer that several images share is in it once. */
export type ImageLayout = {
  readonly dir: string;
  readonly addImage: (spec: ImageSpec) => Promise<BuiltImage>;
  readonly addIndex: (specs: readonly ImageSpec[]) => Promise<BuiltIndex>;
};

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** This machine's platform, in Go's names. */
export const hostPlatform: Platform = {
  architecture: { x64: 'amd64', ia32: '386', loong64: 'loong64' }[process.arch as string] ?? process.arch,
  os: 'linux',
};

/** Creates an empty OCI image layout (OCI image spec, `image-layout.md`) in the directory `dir`. */
export async function newImageLayout(dir: string): Promise<ImageLayout> {
  const blobsDir = join(dir, 'blobs/sha256');
  await mkdir(blobsDir, { recursive: true });
  await writeFile(join(dir, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const layers = new Map<string, Promise<Layer>>();
  const entries = new Map<string, object>();

  const layer = (spec: LayerSpec): Promise<Layer> => {
    const key = JSON.stringify(spec);
    const known = layers.get(key) ?? writeLayer(spec, blobsDir);
    layers.set(key, known);
    return known;
  };
  const putJson = async (mediaType: string, value: object): Promise<Descriptor> => {
    const content = JSON.stringify(value);
    const hex = createHash('sha256').update(content).digest('hex');
    await writeFile(join(blobsDir, hex), content);
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(content) };
  };
  // `oci:DIR:NAME` finds an image by this annotation; its digest serves as its name.
  const list = ({ mediaType, digest, size }: Descriptor): void => {
    const annotations = { 'org.opencontainers.image.ref.name': layoutName(digest) };
    entries.set(digest, { mediaType, digest, size, annotations });
    const index = { schemaVersion: 2, mediaType: indexType, manifests: [...entries.values()] };
    // Written at once, and whole: a test adds several images at a time, and copies one while another is added.
    const path = join(dir, 'index.json');
    writeFileSync(`${path}.new`, JSON.stringify(index));
    renameSync(`${path}.new`, path);
  };
  const build = async (spec: ImageSpec): Promise<BuiltImage> => {
    const platform = spec.platform ?? hostPlatform;
    const built = await Promise.all(spec.layers.map(layer));
    const config = await putJson(configType, {
      created: '1970-01-01T00:00:00Z',
      ...platform,
      config: spec.labels ? { Labels: spec.labels } : {},
      rootfs: { type: 'layers', diff_ids: built.map(({ diffId }) => diffId) },
    });
    const manifest = await putJson(manifestType, {
      schemaVersion: 2,
      mediaType: manifestType,
      config,
      layers: built.map(({ digest, sizeBytes }) => ({ mediaType: layerType, digest, size: sizeBytes })),
      ...(spec.annotations && { annotations: spec.annotations }),
    });
    return { ...manifest, platform, config, layers: built };
  };

  return {
    dir,
    addImage: async (spec) => {
      const image = await build(spec);
      list(image);
      return image;
    },
    addIndex: async (specs) => {
      const images = await Promise.all(specs.map(build));
      const manifests = images.map(({ mediaType, digest, size, platform }) => {
        return { mediaType, digest, size, platform };
      });
      const index = await putJson(indexType, { schemaVersion: 2, mediaType: indexType, manifests });
      list(index);
      return { ...index, images };
    },
  };
}

/** The name under which a layout lists the image or index with this digest. */
export function layoutName(digest: string): string {
  return digest.replace('sha256:', '');
}

/** Sum of an image's layers and its config in bytes: what a first pull of it downloads besides manifests. */
export function blobBytes(image: BuiltImage): number {
  return image.layers.reduce((sum, layer) => sum + layer.sizeBytes, image.config.size);
}

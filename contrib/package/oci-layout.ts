import { createHash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Measured, packDirectory, withWorkDirectory } from './archive.js';
import { type Platform, platforms } from './node.js';
import { about, platformNames } from './platforms.js';
import { type InstalledTree, writeInstalledTree } from './tree.js';

interface Descriptor extends Measured {
  readonly mediaType: string;
}

/**
 * Writes an OCI image layout (image-layout.md of the OCI image specification) of nothing but the trees' files, one image
 * for each platform, into `OUTPUT/oci`, which it replaces. `COPY --from=… / /` is all that a Containerfile needs.
 * Returns its path. The name of the image in the layout is the version.
 */
export async function makeOciLayout(
  trees: Readonly<Record<Platform, InstalledTree>>,
  outputDirectory: string,
): Promise<string> {
  const layout = join(outputDirectory, 'oci');
  await rm(layout, { recursive: true, force: true });
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
  const manifests: object[] = [];
  for (const platform of platforms) {
    const manifest = await addImage(layout, trees[platform], platformNames[platform].oci);
    manifests.push({ ...manifest, platform: { architecture: platformNames[platform].oci, os: 'linux' } });
  }
  const { version } = trees.x64;
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const index = await addJson(layout, mediaType, { schemaVersion: 2, mediaType, manifests });
  const named = { ...index, annotations: { 'org.opencontainers.image.ref.name': version } };
  await writeFile(
    join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, mediaType, manifests: [named] }),
  );
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return layout;
}

async function addImage(layout: string, tree: InstalledTree, architecture: string): Promise<Descriptor> {
  const { plain, packed } = await addLayer(layout, tree);
  const created = new Date(tree.modified * 1000).toISOString().replace('.000Z', 'Z');
  const labels = {
    'org.opencontainers.image.description': about.summary,
    'org.opencontainers.image.licenses': about.licence,
    'org.opencontainers.image.source': about.homepage,
    'org.opencontainers.image.title': about.name,
    'org.opencontainers.image.version': tree.version,
  };
  const config = await addJson(layout, 'application/vnd.oci.image.config.v1+json', {
    created,
    architecture,
    os: 'linux',
    config: { Entrypoint: ['/usr/bin/bound-images'], Labels: labels },
    rootfs: { type: 'layers', diff_ids: [plain.digest] },
    history: [{ created, created_by: `${about.name} ${tree.version}` }],
  });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...packed }];
  return addJson(layout, mediaType, { schemaVersion: 2, mediaType, config, layers });
}

async function addLayer(layout: string, tree: InstalledTree) {
  return withWorkDirectory(async (directory) => {
    await writeInstalledTree(tree, directory);
    const temporary = join(layout, 'layer');
    const measured = await packDirectory(directory, temporary, tree.modified, ['gzip', '-n']);
    await rename(temporary, blobFile(layout, measured.packed.digest));
    return measured;
  });
}

async function addJson(layout: string, mediaType: string, value: object): Promise<Descriptor> {
  const text = JSON.stringify(value);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  await writeFile(blobFile(layout, digest), text);
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

const blobFile = (layout: string, digest: string) => join(layout, 'blobs', digest.replace(':', '/'));

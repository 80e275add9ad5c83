import { createHash } from 'node:crypto';
import { arch } from 'node:process';
import { gzipSync } from 'node:zlib';
import { tarArchive } from '../../support/tar.js';

/** An image of one layer with one small file, as registries serve it. */
export interface TinyImage {
  readonly mediaType: string;
  readonly manifest: string;
  /** Of the manifest: `sha256:HEX`. */
  readonly digest: string;
  /** Config and layer by digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** Returns the image for this machine's platform. */
export function tinyImage(): TinyImage {
  const content = Buffer.from('tiny\n');
  const tar = Buffer.concat([
    ...tarArchive([{ path: 'etc/tiny', sizeBytes: content.length, content: [content] }]),
  ]);
  const layer = gzipSync(tar);
  const architecture = arch === 'x64' ? 'amd64' : arch;
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
      history: [{ created_by: 'test' }],
    }),
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest: digestOf(layer),
        size: layer.length,
      },
    ],
  });
  return {
    mediaType,
    manifest,
    digest: digestOf(manifest),
    blobs: new Map([
      [digestOf(config), config],
      [digestOf(layer), layer],
    ]),
  };
}

function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

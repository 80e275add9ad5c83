import { createCipheriv, createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type TarFile, tarArchive } from './tar.js';

/** What a layer holds; equal specs give the same bytes, and so the same digest. */
export type LayerSpec = GeneratedLayer | TarLayer;

/** The archive itself, as it is written. */
type TarLayer = { readonly tar: Buffer };

export type GeneratedLayer = {
  /** Chooses the bytes of the file `data/SEED`. */
  readonly seed: string;
  /** Length of that file; its content cannot be compressed, so the layer is hardly larger. */
  readonly sizeBytes: number;
  /** Text files by path. */
  readonly files?: Readonly<Record<string, string>>;
};

/** A blob as a descriptor names it; `diffId` is the digest of the uncompressed archive. */
export type Layer = { readonly digest: string; readonly sizeBytes: number; readonly diffId: string };

/** Writes the layer as a gzipped tar to `blobsDir` under its digest's hex. */
export async function writeLayer(spec: LayerSpec, blobsDir: string): Promise<Layer> {
  const temporary = join(blobsDir, `.${createHash('sha256').update(JSON.stringify(spec)).digest('hex')}`);
  const plain = meter();
  const compressed = meter();
  await pipeline(
    Readable.from('tar' in spec ? [spec.tar] : tarArchive(tarFiles(spec))),
    plain.stream,
    createGzip({ level: 1 }),
    compressed.stream,
    createWriteStream(temporary),
  );
  const { digest, sizeBytes } = compressed.result();
  await rename(temporary, join(blobsDir, digest.replace('sha256:', '')));
  return { digest, sizeBytes, diffId: plain.result().digest };
}

function tarFiles({ seed, sizeBytes, files = {} }: GeneratedLayer): readonly TarFile[] {
  const texts = Object.entries(files).map(([path, text]) => {
    const content = Buffer.from(text);
    return { path, sizeBytes: content.length, content: [content] };
  });
  return [...texts, { path: `data/${seed}`, sizeBytes, content: noise(seed, sizeBytes) }];
}

/** The key stream of a cipher: as fast as the disk, and the same for the same seed. */
function* noise(seed: string, sizeBytes: number): Generator<Buffer> {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(64 * 1024);
  for (let left = sizeBytes; left > 0; left -= zeros.length) {
    yield cipher.update(zeros.subarray(0, left));
  }
}

function meter() {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const stream = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, result: () => ({ digest: `sha256:${hash.digest('hex')}`, sizeBytes }) };
}

import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { ArchiveProblem } from '../archive/problem.js';

/** The first bytes of what compresses layers. Sources: RFC 1952, RFC 8878; gzip(1), xz(1), bzip2(1). */
const magic = {
  gzip: [0x1f, 0x8b],
  zstd: [0x28, 0xb5, 0x2f, 0xfd],
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  bzip2: [0x42, 0x5a, 0x68],
} as const;

/**
 * Reads a layer as it comes, without its compression.
 *
 * @throws ArchiveProblem, what `chunks` throws, or what `read` does
 */
export async function unpacked<T>(
  chunks: AsyncIterable<Buffer>,
  read: (plain: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    const first = await beginning(iterator);
    return await decoded(rejoined(first, iterator), decoderOf(first), read);
  } finally {
    // Nothing more is read. Whoever waits for a chunk that is on its way would wait for nothing.
    void iterator.return?.()?.catch(() => undefined);
  }
}

async function decoded<T>(
  whole: AsyncIterable<Buffer>,
  decoder: Duplex | undefined,
  read: (plain: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  if (decoder === undefined) return await read(whole);
  let result: { readonly value: T } | undefined;
  try {
    await pipeline(Readable.from(whole), decoder, async (plain) => {
      result = { value: await read(plain as AsyncIterable<Buffer>) };
    });
  } catch (error) {
    if (isOfDecoder(error)) throw new ArchiveProblem('it is damaged: what is compressed cannot be read');
    throw error;
  }
  if (result === undefined) throw new Error('a layer was not read');
  return result.value;
}

function decoderOf(first: Buffer): Duplex | undefined {
  const is = (bytes: readonly number[]) => bytes.every((byte, at) => first[at] === byte);
  if (is(magic.gzip)) return zlib.createGunzip();
  if (is(magic.zstd)) {
    // Node.js has it since 22.15 and 23.8.
    const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Duplex };
    if (createZstdDecompress !== undefined) return createZstdDecompress();
    throw new ArchiveProblem(
      `it is compressed with zstd, which this Node.js (${process.versions.node}) cannot read: the executable of bound-images, or Node.js 22.15, can`,
    );
  }
  const other = is(magic.xz) ? 'xz' : is(magic.bzip2) ? 'bzip2' : undefined;
  if (other !== undefined) throw new ArchiveProblem(`it is compressed with ${other}, which is not read here`);
  return undefined;
}

/** Enough to tell the compression, or all. */
async function beginning(iterator: AsyncIterator<Buffer>): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  while (bytes.length < 8) {
    const { done, value } = await iterator.next();
    if (done) break;
    bytes = bytes.length === 0 ? value : Buffer.concat([bytes, value]);
  }
  return bytes;
}

async function* rejoined(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  for (;;) {
    const { done, value } = await rest.next();
    if (done) return;
    yield value;
  }
}

/** Of zlib's, `Z_DATA_ERROR` and the like; `ZSTD_error_…` of zstd's. */
function isOfDecoder(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^(?:Z_|ZSTD_)/.test(code);
}

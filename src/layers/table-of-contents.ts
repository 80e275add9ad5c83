import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { ArchiveProblem } from '../archive/problem.js';
import { digestFault } from '../model/reference/digest.js';
import { readJson } from '../text/json.js';
import { absentAs, count, elseAs, list, object, text } from '../text/shape.js';
import type { LayerToc } from '../tools/registry/layer-tocs.js';
import {
  type Allowance,
  cleanPath,
  imageLimits,
  type LayerEntry,
  newAllowance,
  readLayerEntries,
} from './layer-entries.js';

/** The entries of a layer, and the digests of its files by their paths. */
export interface Contents {
  readonly entries: readonly LayerEntry[];
  readonly digests: ReadonlyMap<string, string>;
}

/** Gives bytes of the blob, `to` included; null where the server does not. */
export type ReadPart = (from: number, to: number) => Promise<Buffer | null>;

/** Larger tables are not read, compressed or not. */
const mostBytes = 16 * 1024 * 1024;
const estargzFooterBytes = 51;
const estargzIndex = 'stargz.index.json';

/**
 * Reads the table of contents of a layer; null where it cannot be read, is not what its digest says, or is in a form that
 * this Node.js cannot read (zstd, before 22.15): then nothing is known of the layer.
 */
export async function readContents(
  toc: LayerToc,
  readPart: ReadPart,
  allowance: Allowance,
): Promise<Contents | null> {
  try {
    const json =
      toc.format === 'estargz' ? await readEstargz(toc, readPart) : await readZstdChunked(toc, readPart);
    return json === null ? null : contentsOf(json, allowance);
  } catch (error) {
    if (error instanceof ArchiveProblem || isOfDecoder(error)) return null;
    throw error;
  }
}

type Decompress = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

async function readZstdChunked({ part, tocDigest }: LayerToc, readPart: ReadPart): Promise<Buffer | null> {
  const { zstdDecompress } = zlib as { zstdDecompress?: Parameters<typeof promisify>[0] };
  if (zstdDecompress === undefined || part === null || part.length > mostBytes) return null;
  const compressed = await readPart(part.from, part.from + part.length - 1);
  if (compressed === null || !hasDigest(compressed, tocDigest)) return null;
  const decompress = promisify(zstdDecompress) as unknown as Decompress;
  return await decompress(compressed, { maxOutputLength: mostBytes });
}

/** The footer is an empty gzip member, whose extra field ends in the offset of the table and `STARGZ`. */
async function readEstargz({ size, tocDigest }: LayerToc, readPart: ReadPart): Promise<Buffer | null> {
  const end = size - estargzFooterBytes;
  if (end <= 0) return null;
  const footer = await readPart(end, size - 1);
  const [, hexadecimal] = /^([0-9a-f]{16})STARGZ/.exec(footer?.toString('latin1', 16, 38) ?? '') ?? [];
  const from = Number.parseInt(hexadecimal ?? '', 16);
  if (!(from < end) || end - from > mostBytes) return null;
  const compressed = await readPart(from, end - 1);
  if (compressed === null) return null;
  const limits = { ...imageLimits, fileBytes: mostBytes, keptBytes: mostBytes, layerBytes: 2 * mostBytes };
  const gunzip = promisify(zlib.gunzip) as unknown as Decompress;
  const tar = await gunzip(compressed, { maxOutputLength: mostBytes });
  const entries = await readLayerEntries(once(tar), (path) => path === estargzIndex, newAllowance(limits));
  const json = entries
    .map((entry) => (entry.kind === 'file' ? entry.content : null))
    .find((each) => each !== null);
  return json !== undefined && hasDigest(json, tocDigest) ? json : null;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function hasDigest(bytes: Buffer, digest: string): boolean {
  if (digestFault(digest, 0) !== null) return false;
  const [algorithm = '', hexadecimal] = digest.split(':');
  return createHash(algorithm).update(bytes).digest('hex') === hexadecimal;
}

const table = object({
  entries: absentAs(
    [],
    list(
      object({
        type: text,
        name: text,
        linkName: absentAs('', text),
        size: absentAs(0, count),
        mode: absentAs(0, count),
        digest: elseAs('', text),
      }),
    ),
  ),
});

function contentsOf(json: Buffer, allowance: Allowance): Contents | null {
  const read = readJson(table, json.toString());
  if (read.kind !== 'fits') return null;
  const digests = new Map<string, string>();
  const entries: LayerEntry[] = [];
  for (const { type, name, linkName, size, mode, digest } of read.value.entries) {
    // The parts of a file, after it.
    if (type === 'chunk') continue;
    allowance.take('entries', 1);
    allowance.take('nameBytes', name.length + linkName.length);
    const path = cleanPath(name);
    const owner = { mode: mode & 0o7777, uid: 0, gid: 0 };
    if (type === 'reg') {
      entries.push({ path, kind: 'file', sizeBytes: size, content: null, ...owner });
      digests.set(path, digest);
    } else if (type === 'dir') entries.push({ path, kind: 'directory', ...owner });
    else if (type === 'symlink') entries.push({ path, kind: 'symlink', target: linkName, ...owner });
    else if (type === 'hardlink')
      entries.push({ path, kind: 'hard-link', target: cleanPath(linkName), content: null });
    else entries.push({ path, kind: 'other', ...owner });
  }
  return { entries, digests };
}

function isOfDecoder(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^(?:Z_|ZSTD_|ERR_BUFFER_TOO_LARGE)/.test(code);
}

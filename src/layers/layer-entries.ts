import { ArchiveProblem } from '../archive/problem.js';
import {
  blockBytes,
  endsEarly,
  isEnd,
  isLongHeader,
  type LongHeader,
  maxHeaderBytes,
  paddingOf,
  parseHeader,
  type TarHeader,
  withLongHeader,
} from '../archive/tar-header.js';
import { decodeName } from '../model/path.js';
import { byteReader } from './byte-reader.js';

/** What a layer does at a path. Paths are relative, without empty, `.` and `..` components; '' is the root. */
export type LayerEntry = { readonly path: string } & (
  | ({
      readonly kind: 'file';
      readonly sizeBytes: number;
      /** null: it is not among those that are kept. */
      readonly content: Buffer | null;
    } & Owner)
  | ({ readonly kind: 'directory' } & Owner)
  | ({ readonly kind: 'symlink'; readonly target: string } & Owner)
  /** Another name of a file of the same layer; `content` where it came just before and this name is kept. */
  | { readonly kind: 'hard-link'; readonly target: string; readonly content: Buffer | null }
  /** A device, a FIFO. */
  | ({ readonly kind: 'other' } & Owner)
);

interface Owner {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** How much is taken of an image. */
export interface ImageLimits {
  /** Larger files are never kept. */
  readonly fileBytes: number;
  /** Of all files that are kept, together. */
  readonly keptBytes: number;
  /** With the directories that their paths make on the way. */
  readonly entries: number;
  /** Of all paths and targets of links, together. */
  readonly nameBytes: number;
  /** Of each layer, unpacked. */
  readonly layerBytes: number;
}

export const imageLimits: ImageLimits = {
  fileBytes: 2 * 1024 * 1024,
  keptBytes: 64 * 1024 * 1024,
  entries: 2_000_000,
  nameBytes: 128 * 1024 * 1024,
  layerBytes: 64 * 1024 ** 3,
};

/** PATH_MAX of Linux (include/uapi/linux/limits.h). */
const longestPath = 4096;

/** What may still be taken of an image, by whichever of its layers. */
export interface Allowance {
  readonly limits: ImageLimits;
  /** @throws ArchiveProblem */
  take(what: Exclude<keyof ImageLimits, 'fileBytes' | 'layerBytes'>, count: number): void;
}

export function newAllowance(limits: ImageLimits = imageLimits): Allowance {
  const taken = { keptBytes: 0, entries: 0, nameBytes: 0 };
  const words = { keptBytes: 'bytes of configuration', entries: 'entries', nameBytes: 'bytes of names' };
  return {
    limits,
    take: (what, count) => {
      taken[what] += count;
      if (taken[what] > limits[what])
        throw new ArchiveProblem(`it has more than ${limits[what]} ${words[what]}`);
    },
  };
}

/** What the archive of a layer says of a path; see LayerEntry. */
export type LayerMember = { readonly path: string } & (
  | ({ readonly kind: 'file'; readonly sizeBytes: number } & Owner & Content)
  | ({ readonly kind: 'directory' } & Owner)
  /** Of a sparse file, what follows are its parts, which are not read here. */
  | ({ readonly kind: 'sparse-file' | 'device' | 'fifo' } & Owner)
  | ({ readonly kind: 'symlink'; readonly target: string } & Owner)
  /** Another name of a file of the same layer. */
  | { readonly kind: 'hard-link'; readonly target: string }
);

/** Of a file, for as long as it is looked at. What is not read is passed over. */
interface Content {
  /** All of it. @throws ArchiveProblem where less comes than was said */
  read(): Promise<Buffer>;
  /** As it comes. @throws ArchiveProblem */
  pieces(): AsyncGenerator<Buffer>;
}

/**
 * Reads the tar archive of a layer as it comes; of its files the content stays of which `isKept` says so. Nothing of what
 * it says is believed: a file counts with what came of it.
 *
 * @throws ArchiveProblem
 */
export async function readLayerEntries(
  chunks: AsyncIterable<Buffer>,
  isKept: (path: string) => boolean,
  allowance: Allowance = newAllowance(),
): Promise<readonly LayerEntry[]> {
  const { limits } = allowance;
  const entries: LayerEntry[] = [];
  /** ostree's images have each file as an object, and its names as links behind it. */
  let last: { readonly path: string; readonly content: Buffer } | undefined;

  function keep(content: Buffer): Buffer {
    allowance.take('keptBytes', content.length);
    // What is shown of a chunk keeps all of it.
    return Buffer.from(content);
  }

  async function add(member: LayerMember): Promise<void> {
    const { path } = member;
    switch (member.kind) {
      case 'file': {
        const { kind, sizeBytes } = member;
        const content = sizeBytes <= limits.fileBytes ? await member.read() : null;
        last = content === null ? undefined : { path, content };
        const kept = content !== null && isKept(path) ? keep(content) : null;
        entries.push({ path, kind, sizeBytes, content: kept, ...ownerOf(member) });
        break;
      }
      case 'hard-link': {
        const { kind, target } = member;
        const content = last?.path === target && isKept(path) ? keep(last.content) : null;
        entries.push({ path, kind, target, content });
        break;
      }
      case 'symlink':
      case 'directory':
        entries.push(member);
        break;
      default:
        if (member.kind === 'sparse-file') last = undefined;
        // No configuration is written so.
        entries.push({ path, kind: 'other', ...ownerOf(member) });
    }
  }

  await readLayerMembers(chunks, add, allowance);
  return entries;
}

/**
 * Reads the tar archive of a layer as it comes, and shows one member after the other.
 * Source: OCI image-spec, layer.md.
 *
 * @throws ArchiveProblem, or what `visit` throws
 */
export async function readLayerMembers(
  chunks: AsyncIterable<Buffer>,
  visit: (member: LayerMember) => Promise<void>,
  allowance: Allowance = newAllowance(),
): Promise<void> {
  const { limits } = allowance;
  const reader = byteReader(chunks);
  let long: LongHeader = {};
  let layerBytes = 0;

  function count(bytes: number): void {
    layerBytes += bytes;
    if (layerBytes > limits.layerBytes)
      throw new ArchiveProblem(`it has more than ${limits.layerBytes} bytes unpacked`);
  }

  async function skip(length: number): Promise<void> {
    if ((await reader.skip(length)) < length) throw endsEarly();
  }

  async function readContent(size: number): Promise<Buffer> {
    const content = await reader.read(size);
    if (content.length < size) throw endsEarly();
    return content;
  }

  for (;;) {
    const block = await reader.read(blockBytes);
    if (isEnd(block)) break;
    const header = parseHeader(block);
    if (isLongHeader(header)) {
      if (header.size > maxHeaderBytes) throw new ArchiveProblem('one of its headers is too long');
      long = withLongHeader(long, header, await readContent(header.size));
      await skip(paddingOf(header.size));
      continue;
    }
    allowance.take('entries', 1);
    const size = long.size ?? header.size;
    const written = decodeName(long.path ?? header.path);
    if (written.length > longestPath) throw new ArchiveProblem('one of its names is too long');
    const path = cleanPath(written);
    const owner = ownerOf(header);
    const kind = kindOf(header, written);
    // Only what has content is followed by it, whatever the others say of their size.
    const contentBytes = kind === 'file' ? size : 0;
    count(blockBytes + contentBytes);
    const link = decodeName(long.link ?? header.link);
    allowance.take('nameBytes', written.length + link.length);
    let left = contentBytes;
    switch (kind) {
      case 'file': {
        if (long.isSparse === true) {
          await visit({ path, kind: 'sparse-file', ...owner });
          break;
        }
        const read = async () => {
          const content = await readContent(left);
          left = 0;
          return content;
        };
        const pieces = async function* () {
          while (left > 0) {
            const piece = await reader.next(left);
            if (piece === undefined) throw endsEarly();
            left -= piece.length;
            yield piece;
          }
        };
        await visit({ path, kind, sizeBytes: size, ...owner, read, pieces });
        break;
      }
      case 'hard-link':
        await visit({ path, kind, target: cleanPath(link) });
        break;
      case 'symlink':
        await visit({ path, kind, target: link, ...owner });
        break;
      default:
        await visit({ path, kind, ...owner });
    }
    await skip(left + paddingOf(contentBytes));
    long = {};
  }
  // What follows the end is padding; podman reads it, too.
  await reader.skip(limits.layerBytes - layerBytes);
}

function ownerOf({ mode, uid, gid }: Owner): Owner {
  return { mode, uid, gid };
}

function kindOf({ type }: TarHeader, written: string): Exclude<LayerMember['kind'], 'sparse-file'> {
  switch (type) {
    case '0':
    case '7':
      return written.endsWith('/') ? 'directory' : 'file';
    case '1':
      return 'hard-link';
    case '2':
      return 'symlink';
    case '5':
      return 'directory';
    case '3':
    case '4':
      return 'device';
    case '6':
      return 'fifo';
    default:
      throw new ArchiveProblem(`${written} in it is of a kind that no layer has`);
  }
}

/** As podman takes it: below the root, wherever it says that it begins. @throws ArchiveProblem */
/** A path without a slash at either end. @throws ArchiveProblem */
export function cleanPath(written: string): string {
  const names = written.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..') || written.includes('\0'))
    throw new ArchiveProblem(`the name of ${written} in it leads out of it`);
  return names.join('/');
}

import type { PathTransport } from '../model/reference/types.js';
import { ArchiveProblem } from './problem.js';
import {
  blockBytes,
  checksum,
  endsEarly,
  isEnd,
  isLongHeader,
  type LongHeader,
  maxHeaderBytes,
  paddingOf,
  parseHeader,
  withLongHeader,
} from './tar-header.js';

/** A regular file of an archive. */
export interface TarMember {
  /** Relative, without empty and `.` components. */
  readonly name: string;
  readonly size: number;
  /** Where a symbolic link leads. */
  readonly link?: string;
}

/**
 * What a reader of an archive is asked for: `read` bytes, which may be fewer at the end; or to go on over `skip` bytes,
 * which are the content of `member`, if there is one.
 */
export type TarNeed =
  | { readonly read: number }
  | { readonly skip: number; readonly member: TarMember | undefined };

const nameBytes = 100;
/** A layout has a few files for each image. */
const maxMembers = 100_000;

const unwanted: Readonly<Record<string, string>> = {
  1: 'a hard link',
  2: 'a symbolic link',
  3: 'a device',
  4: 'a device',
  6: 'a FIFO',
};

/**
 * Goes through a tar archive, whoever reads it and how; the archive may hold nothing but files and directories,
 * and symbolic links where nobody unpacks it (`takesLinks`).
 *
 * @throws ArchiveProblem
 */
export function* tarMembers(takesLinks = false): Generator<TarNeed, void, Buffer | undefined> {
  const seen = new Set<string>();
  let long: LongHeader = {};
  for (let count = 0; ; count += 1) {
    if (count === maxMembers) throw new ArchiveProblem(`it has more than ${maxMembers} members`);
    const block = (yield { read: blockBytes }) ?? Buffer.alloc(0);
    if (isEnd(block)) return;
    const header = parseHeader(block);
    const size = long.size ?? header.size;
    if (isLongHeader(header)) {
      if (header.size > maxHeaderBytes) throw new ArchiveProblem('one of its headers is too long');
      const content = (yield { read: header.size }) ?? Buffer.alloc(0);
      if (content.length < header.size) throw endsEarly();
      yield { skip: paddingOf(header.size), member: undefined };
      long = withLongHeader(long, header, content);
      continue;
    }
    if (long.isSparse) throw new ArchiveProblem('one of its members is a sparse file');
    const written = (long.path ?? header.path).toString();
    const name = cleanName(written);
    if (takesLinks && header.type === '2') {
      yield { skip: 0, member: { name, size: 0, link: (long.link ?? header.link).toString() } };
      long = {};
      continue;
    }
    const isDirectory = header.type === '5' || (header.type === '0' && written.endsWith('/'));
    if (!isDirectory && !['0', '7'].includes(header.type))
      throw new ArchiveProblem(
        `${written} in it is ${unwanted[header.type] ?? 'neither a file nor a directory'}`,
      );
    if (!isDirectory && seen.has(name)) throw new ArchiveProblem(`${written} is in it twice`);
    seen.add(name);
    yield { skip: size, member: isDirectory ? undefined : { name, size } };
    yield { skip: paddingOf(size), member: undefined };
    long = {};
  }
}

/** docker writes links between layers; podman looks for what they name inside, and unpacks none. */
export function hasLinks(transport: PathTransport): boolean {
  return transport === 'docker-archive';
}

/** The header of a regular file with that name and size, or of a link, for everybody to read. */
export function tarHeader({ name, size, link }: TarMember): Buffer {
  const [path, target] = [Buffer.from(name), Buffer.from(link ?? '')];
  return Buffer.concat([
    ...longName('L', path),
    ...longName('K', target),
    headerBlock(path, link === undefined ? '0' : '2', size, target),
  ]);
}

/** GNU tar has what does not fit into a header in the content of a member before it. */
function longName(type: string, name: Buffer): readonly Buffer[] {
  if (name.length <= nameBytes) return [];
  const size = name.length + 1;
  return [headerBlock(Buffer.from('././@LongLink'), type, size), name, Buffer.alloc(1 + paddingOf(size))];
}

/** What follows the content of a member of that size. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc(paddingOf(size));
}

/** Two blocks of zeros. */
export const tarEnd = Buffer.alloc(2 * blockBytes);

function headerBlock(name: Buffer, type: string, size: number, link = Buffer.alloc(0)): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, digits: number) =>
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  name.copy(block, 0, 0, nameBytes);
  link.copy(block, 157, 0, nameBytes);
  octal(0o600, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  if (size < 8 ** 11) octal(size, 124, 11);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  octal(0, 136, 11);
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function cleanName(path: string): string {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (path.startsWith('/') || names.includes('..') || path.includes('\0'))
    throw new ArchiveProblem(`the name of ${path} in it leads out of it`);
  return names.join('/');
}

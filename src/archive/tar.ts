import type { PathTransport } from '../model/reference/types.js';
import { ArchiveProblem } from './problem.js';

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

const blockBytes = 512;
const nameBytes = 100;
/** Of a header that goes on in the content of a member of its own. */
const maxHeaderBytes = 1024 * 1024;
/** A layout has a few files for each image. */
const maxMembers = 100_000;

/** POSIX.1-2017, pax, “ustar Interchange Format”; the letters are GNU tar’s. */
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
    if (block.length === 0 || block.every((byte) => byte === 0)) return;
    const header = parseHeader(block);
    const size = long.size ?? header.size;
    if (['x', 'L', 'K', 'g'].includes(header.type)) {
      if (header.size > maxHeaderBytes) throw new ArchiveProblem('one of its headers is too long');
      const content = (yield { read: header.size }) ?? Buffer.alloc(0);
      if (content.length < header.size) throw endsEarly();
      yield { skip: paddingOf(header.size), member: undefined };
      if (header.type === 'x') long = { ...long, ...parsePax(content) };
      if (header.type === 'L') long = { ...long, path: textOf(content) };
      if (header.type === 'K') long = { ...long, link: textOf(content) };
      continue;
    }
    const written = long.path ?? header.path;
    const name = cleanName(written);
    if (takesLinks && header.type === '2') {
      yield { skip: 0, member: { name, size: 0, link: long.link ?? header.link } };
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

interface Header {
  readonly path: string;
  /** One letter; `0` for a regular file, also in the oldest form. */
  readonly type: string;
  readonly size: number;
  readonly link: string;
}

interface LongHeader {
  readonly path?: string;
  readonly link?: string;
  readonly size?: number;
}

function parseHeader(block: Buffer): Header {
  if (block.length < blockBytes) throw endsEarly();
  const written = Number.parseInt(textOf(block.subarray(148, 156)).trim(), 8);
  if (written !== checksum(block)) throw new ArchiveProblem('it is not a tar archive, or it is damaged');
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? textOf(block.subarray(345, 500)) : '';
  const name = textOf(block.subarray(0, 100));
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    type: type === '\0' ? '0' : type,
    size: parseSize(block.subarray(124, 136)),
    link: textOf(block.subarray(157, 257)),
  };
}

/** The sum of all bytes, those of the sum itself as blanks. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (const [index, byte] of block.entries()) if (index < 148 || index >= 156) sum += byte;
  return sum;
}

/** Octal digits; or, where the first bit is set, a number of more bits (GNU tar). */
function parseSize(field: Buffer): number {
  const isBinary = field[0] === 0x80;
  const size = isBinary ? Number(field.readBigUInt64BE(4)) : Number.parseInt(textOf(field).trim() || '0', 8);
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw new ArchiveProblem('one of its members has no valid size');
}

/** Records of `LENGTH KEY=VALUE`, each ended by a newline. */
function parsePax(content: Buffer): LongHeader {
  const found: { path?: string; link?: string; size?: number } = {};
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(content.toString('latin1', at, at + 20), 10);
    const record = content.toString('utf8', at, at + length);
    const [, key, value = ''] = /^\d+ ([^=]+)=(.*)\n$/s.exec(record) ?? [];
    if (key === undefined) throw new ArchiveProblem('one of its headers cannot be read');
    if (key.startsWith('GNU.sparse.')) throw new ArchiveProblem('one of its members is a sparse file');
    if (key === 'path') found.path = value;
    if (key === 'linkpath') found.link = value;
    if (key === 'size') {
      found.size = Number(value);
      if (!/^\d+$/.test(value) || !Number.isSafeInteger(found.size))
        throw new ArchiveProblem('one of its members has no valid size');
    }
    at += length;
  }
  return found;
}

function cleanName(path: string): string {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (path.startsWith('/') || names.includes('..') || path.includes('\0'))
    throw new ArchiveProblem(`the name of ${path} in it leads out of it`);
  return names.join('/');
}

/** Up to the first NUL. */
function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

export function endsEarly(): ArchiveProblem {
  return new ArchiveProblem('it ends in the middle');
}

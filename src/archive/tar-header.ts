import { ArchiveProblem } from './problem.js';

/** Whole blocks: a header, and the content behind it, padded. */
export const blockBytes = 512;
/** Of a header that goes on in the content of a member of its own. */
export const maxHeaderBytes = 1024 * 1024;

/** Of a member. Sources: POSIX.1-2017, pax, “ustar Interchange Format”; the letters of GNU tar. */
export interface TarHeader {
  /** The bytes of the path, as written. */
  readonly path: Buffer;
  /** One letter; `0` for a regular file, also in the oldest form. */
  readonly type: string;
  readonly size: number;
  /** The bytes of where a link leads. */
  readonly link: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What a member before it says of the next one, because it does not fit into its header. */
export interface LongHeader {
  readonly path?: Buffer;
  readonly link?: Buffer;
  readonly size?: number;
  /** What follows is a map and the parts of a sparse file. */
  readonly isSparse?: boolean;
}

/** Whether the content of the member is about the next one. */
export function isLongHeader({ type }: TarHeader): boolean {
  return ['x', 'L', 'K', 'g'].includes(type);
}

/** With what the content of such a member says. Of a global one (`g`) nothing is heeded. @throws ArchiveProblem */
export function withLongHeader(long: LongHeader, { type }: TarHeader, content: Buffer): LongHeader {
  if (type === 'x') return { ...long, ...parsePax(content) };
  if (type === 'L') return { ...long, path: upToNul(content) };
  if (type === 'K') return { ...long, link: upToNul(content) };
  return long;
}

/** A block of zeros ends an archive. */
export function isEnd(block: Buffer): boolean {
  return block.length === 0 || block.every((byte) => byte === 0);
}

/** @throws ArchiveProblem */
export function parseHeader(block: Buffer): TarHeader {
  if (block.length < blockBytes) throw endsEarly();
  const written = Number.parseInt(textOf(block.subarray(148, 156)).trim(), 8);
  if (written !== checksum(block)) throw new ArchiveProblem('it is not a tar archive, or it is damaged');
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? upToNul(block.subarray(345, 500)) : Buffer.alloc(0);
  const name = upToNul(block.subarray(0, 100));
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    path: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    type: type === '\0' ? '0' : type,
    size: sizeOf(block.subarray(124, 136)),
    link: upToNul(block.subarray(157, 257)),
    mode: (parseNumber(block.subarray(100, 108)) ?? 0) & 0o7777,
    uid: parseNumber(block.subarray(108, 116)) ?? 0,
    gid: parseNumber(block.subarray(116, 124)) ?? 0,
  };
}

function sizeOf(field: Buffer): number {
  const size = parseNumber(field);
  if (size === undefined) throw new ArchiveProblem('one of its members has no valid size');
  return size;
}

/** The sum of all bytes, those of the sum itself as blanks. */
export function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  // Of each member, so that an iterator would take most of the time.
  for (let at = 0; at < block.length; at += 1) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return sum;
}

/** Octal digits; or, where the first bit is set, a number of more bits (GNU tar). */
function parseNumber(field: Buffer): number | undefined {
  const { length } = field;
  const isBinary = field[0] === 0x80;
  const number = isBinary
    ? Number(BigInt(`0x${field.toString('hex', Math.max(1, length - 8))}`))
    : Number.parseInt(textOf(field).trim() || '0', 8);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** Records of `LENGTH KEY=VALUE`, each ended by a newline. */
function parsePax(content: Buffer): LongHeader {
  const found: { path?: Buffer; link?: Buffer; size?: number; isSparse?: boolean } = {};
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(content.toString('latin1', at, at + 20), 10);
    const record = content.toString('latin1', at, at + length);
    const [, key, value = ''] = /^\d+ ([^=]+)=(.*)\n$/s.exec(record) ?? [];
    if (key === undefined) throw new ArchiveProblem('one of its headers cannot be read');
    if (key.startsWith('GNU.sparse.')) found.isSparse = true;
    if (key === 'path') found.path = Buffer.from(value, 'latin1');
    if (key === 'linkpath') found.link = Buffer.from(value, 'latin1');
    if (key === 'size') {
      found.size = Number(value);
      if (!/^\d+$/.test(value) || !Number.isSafeInteger(found.size))
        throw new ArchiveProblem('one of its members has no valid size');
    }
    at += length;
  }
  return found;
}

/** What follows the content of a member of that size. */
export function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

export function endsEarly(): ArchiveProblem {
  return new ArchiveProblem('it ends in the middle');
}

function upToNul(field: Buffer): Buffer {
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? field.length : end);
}

function textOf(field: Buffer): string {
  return upToNul(field).toString('latin1');
}

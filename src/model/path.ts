import { isUtf8 } from 'node:buffer';

/**
 * A path inside a root: absolute, `/` is the root itself. Never to be opened as it is; a RootView turns it
 * into a HostPath.
 */
export type RootPath = string & { readonly __path: 'root' };

/** A path that this process may open. */
export type HostPath = string & { readonly __path: 'host' };

const ESCAPED_BYTE = /[\udc80-\udcff]/u;
const ESCAPED_BYTES = /[\udc80-\udcff]/gu;
const SURROGATE = /[\ud800-\udfff]/;

/** An empty or `.` component, or a slash at the end. */
const EMPTY_OR_DOT = /\/\.?(?:\/|$)/;

/**
 * `text` as a path inside a root: absolute, without empty and `.` components. `..` stays, because where it
 * leads after a symlink depends on the link. A slash (or `/.`) at the end stays as one slash, because it
 * demands a directory (POSIX.1-2017, 4.13 Pathname Resolution).
 */
export function rootPath(text: string): RootPath {
  // Nearly every path is normal already.
  if (text.startsWith('/') && !EMPTY_OR_DOT.test(text)) return text as RootPath;
  const names = text.split('/').filter((name) => name !== '' && name !== '.');
  const demandsDirectory = names.length > 0 && /\/\.?$/.test(text);
  return `/${names.join('/')}${demandsDirectory ? '/' : ''}` as RootPath;
}

/** The path of `names` below `dir`, by the rules of `rootPath`. */
export function joinRootPath(dir: RootPath, ...names: readonly string[]): RootPath {
  return rootPath([dir, ...names].join('/'));
}

/**
 * A file name as text. Each byte that is not part of valid UTF-8 becomes the lone surrogate U+DC00 + byte
 * (U+DC80–U+DCFF), so that `encodePath` gives the same bytes back. The scheme is Python's "surrogateescape"
 * (PEP 383).
 */
export function decodeName(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    const character = bytes.subarray(at, at + sequenceLength(lead));
    if (isUtf8(character)) {
      text += character.toString('utf8');
      at += character.length;
    } else {
      text += String.fromCharCode(0xdc00 + lead);
      at += 1;
    }
  }
  return text;
}

/** The same for bytes read as latin1, one character for each: most names are ASCII, and need no buffer. */
export function decodeLatin1(latin1: string): string {
  return /^[\0-\x7f]*$/.test(latin1) ? latin1 : decodeName(Buffer.from(latin1, 'latin1'));
}

/** How many bytes the UTF-8 sequence has that begins with `lead` (RFC 3629, section 3). */
function sequenceLength(lead: number): number {
  if (lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** The bytes that a name or path stands for; the inverse of `decodeName`. */
export function encodePath(text: string): Buffer {
  if (isUtf8Name(text)) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  let done = 0;
  for (const match of text.matchAll(ESCAPED_BYTES)) {
    parts.push(Buffer.from(text.slice(done, match.index), 'utf8'));
    parts.push(Buffer.of(text.charCodeAt(match.index) - 0xdc00));
    done = match.index + 1;
  }
  parts.push(Buffer.from(text.slice(done), 'utf8'));
  return Buffer.concat(parts);
}

/** True if no byte of the name or path had to be escaped (see `decodeName`). */
export function isUtf8Name(text: string): boolean {
  return !ESCAPED_BYTE.test(text);
}

/** `path` as `node:fs` must be given it: as text where that is lossless, because it is faster, else as bytes. */
export function fsPath(path: HostPath): string | Buffer {
  return isUtf8Name(path) ? path : encodePath(path);
}

/** Orders names by their bytes, as `LC_ALL=C sort` does; JavaScript's own order is that of UTF-16 units. */
export function compareNames(a: string, b: string): number {
  // Without surrogates both orders are the same.
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : Number(a > b);
  return Buffer.compare(encodePath(a), encodePath(b));
}

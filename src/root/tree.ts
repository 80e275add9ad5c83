import type { HostPath, RootPath } from '../model/path.js';

/**
 * The few primitive operations from which everything that reads a root is made. Every path given here is
 * canonical: absolute, without `.`, `..`, a slash at the end, or a symlink among its parents. A RootView makes
 * any other path canonical. No operation follows a symlink, throws for what it finds on disk, or writes.
 */
export interface Tree {
  /** What `path` itself is. */
  stat(path: RootPath): TreeEntry;
  readLink(path: RootPath): { ok: true; target: string } | { ok: false; reason: string };
  /** The content of a regular file, or nothing of it when it is longer than `limitBytes`. */
  readFile(path: RootPath, limitBytes: number): TreeFile;
  /** The names in a directory, without `.` and `..`, in the order of their bytes. */
  readDirectory(path: RootPath): { ok: true; names: readonly string[] } | { ok: false; reason: string };
  /** Where `path` is on this host, or would be if it existed. */
  hostPath(path: RootPath): HostPath;
}

/** A path of this host for what lies on no disk: below a file that is no directory there is nothing on any host. */
export function nowhereOnHost(path: RootPath): HostPath {
  return `${nowhere}${path === '/' ? '' : path}` as HostPath;
}

export function isNowhere(hostPath: HostPath): boolean {
  return hostPath.startsWith(`${nowhere}/`);
}

const nowhere = '/dev/null';

/** A tree whose files can be compared, however large they are. */
export interface ComparableTree extends Tree {
  /** Whether two regular files hold the same bytes; false where one cannot be read. */
  sameContent(a: RootPath, b: RootPath): boolean;
}

/**
 * What a canonical path is. `null` is `/dev/null`; `other` is any other device, a FIFO or a socket.
 * `reason` is a sentence part such as `permission denied (EACCES)`.
 */
export type TreeEntry =
  | ({ readonly kind: 'file' | 'directory' | 'symlink' | 'other' } & TreeMetadata)
  | { readonly kind: 'null' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly reason: string };

export interface TreeMetadata {
  /** The permission bits, with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
}

export type TreeFile =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly kind: 'not-a-file' }
  | { readonly ok: false; readonly kind: 'too-large' }
  | { readonly ok: false; readonly kind: 'unreadable'; readonly reason: string };

import type { HostPath, RootPath } from '../model/path.js';
import type { Tree } from './tree.js';
import { type Node, type Nodes, type Walked, type WalkedToEntry, type WalkProblem, walk } from './walk.js';

/** Where something is: `path` is canonical and inside the root, `hostPath` is where this process can open it. */
export interface Location {
  readonly path: RootPath;
  readonly hostPath: HostPath;
}

/** Why a path leads nowhere; see WalkProblem. For `missing`, `hostPath` is where it would be. */
export type PathProblem = WalkProblem & Location;

/** `null` is `/dev/null`; `other` is any other device, a FIFO or a socket. */
export type Resolution = Walked & Location;

/** Like Resolution, but the last component may be a link; `target` is its text. */
export type Entry = WalkedToEntry & Location;

export type ReadProblem =
  | PathProblem
  | (Location & { readonly kind: 'is-a-directory' })
  | (Location & { readonly kind: 'not-a-file' })
  | (Location & { readonly kind: 'too-large'; readonly limitBytes: number });

export type FileRead =
  | (Location & { readonly ok: true; readonly bytes: Buffer })
  | { readonly ok: false; readonly problem: ReadProblem };

export type DirectoryRead =
  | (Location & { readonly ok: true; readonly names: readonly string[] })
  | { readonly ok: false; readonly problem: PathProblem };

/** A root to read from. Every path is taken as if this root were `/`, and nothing outside is ever opened. */
export interface RootView {
  readonly name: 'new' | 'current';
  /** The directory on this host that is the root. */
  readonly hostPath: HostPath;
  /** How messages tell which root this is: its directory, or the image there; `null` when there is none. */
  readonly label: string | null;
  /** No host is known that boots this root: what its `/var` will have, nobody can say here. */
  readonly lacksHost: boolean;
  /** Follows every symlink. The oracle is `chroot ROOT readlink -f`; loops are the kernel's (over 40 hops). */
  resolve(path: RootPath): Resolution;
  /** What `path` itself is: links on the way are followed, one at the end is not (unless a slash follows it). */
  entry(path: RootPath): Entry;
  /** The content of the regular file that `path` leads to; `/dev/null` is empty. Nothing is read past the limit. */
  readFile(path: RootPath, options: { limitBytes: number }): FileRead;
  /** The names in the directory that `path` leads to, in the order of their bytes. */
  readDirectory(path: RootPath): DirectoryRead;
  /** The permission bits of the file or directory that `path` leads to; undefined for anything else. */
  mode(path: RootPath): number | undefined;
}

/** Several steps read the same units and drop-ins; larger files are few. */
const rememberedBytes = 16 * 1024;

/** A view of `tree`. It remembers what it has seen: a root does not change during a run. */
export function rootView(
  tree: Tree,
  name: RootView['name'],
  label: RootView['label'] = tree.hostPath('/' as RootPath),
  lacksHost = false,
): RootView {
  const seen = new Map<string, Node>();
  const contents = new Map<string, Buffer>();
  const nodes: Nodes = {
    at: (path) => {
      const known = seen.get(path);
      if (known !== undefined) return known;
      const node = nodeAt(tree, path);
      seen.set(path, node);
      return node;
    },
    isKnownDirectory: (path): path is RootPath => seen.get(path)?.kind === 'directory',
  };

  function resolve(path: RootPath): Resolution {
    const walked = walk(nodes, path, 'follow');
    return { ...walked, hostPath: tree.hostPath(walked.path) };
  }

  function entry(path: RootPath): Entry {
    const walked = walk(nodes, path, 'keep');
    return { ...walked, hostPath: tree.hostPath(walked.path) };
  }

  function readFile(path: RootPath, { limitBytes }: { limitBytes: number }): FileRead {
    const found = resolve(path);
    const { path: at, hostPath } = found;
    if (found.kind === 'directory') return failed({ kind: 'is-a-directory', path: at, hostPath });
    if (found.kind === 'other') return failed({ kind: 'not-a-file', path: at, hostPath });
    if (found.kind !== 'file' && found.kind !== 'null') return failed(found);
    const known = contents.get(at);
    if (known !== undefined && known.length <= limitBytes)
      return { ok: true, bytes: known, path: at, hostPath };
    const file = tree.readFile(at, limitBytes);
    if (file.ok) {
      if (file.bytes.length <= rememberedBytes) contents.set(at, file.bytes);
      return { ok: true, bytes: file.bytes, path: at, hostPath };
    }
    if (file.kind === 'too-large') return failed({ kind: 'too-large', limitBytes, path: at, hostPath });
    if (file.kind === 'not-a-file') return failed({ kind: 'not-a-file', path: at, hostPath });
    return failed({ kind: 'unreadable', reason: file.reason, path: at, hostPath });
  }

  function readDirectory(path: RootPath): DirectoryRead {
    const found = resolve(path);
    const { path: at, hostPath } = found;
    if (found.kind === 'file' || found.kind === 'null' || found.kind === 'other') {
      return { ok: false, problem: { kind: 'not-a-directory', path: at, hostPath } };
    }
    if (found.kind !== 'directory') return { ok: false, problem: found };
    const listing = tree.readDirectory(at);
    if (listing.ok) return { ok: true, names: listing.names, path: at, hostPath };
    return { ok: false, problem: { kind: 'unreadable', reason: listing.reason, path: at, hostPath } };
  }

  function mode(path: RootPath): number | undefined {
    const found = tree.stat(resolve(path).path);
    return found.kind === 'file' || found.kind === 'directory' ? found.mode : undefined;
  }

  return {
    name,
    hostPath: tree.hostPath('/' as RootPath),
    label,
    lacksHost,
    resolve,
    entry,
    readFile,
    readDirectory,
    mode,
  };
}

function failed(problem: ReadProblem): FileRead {
  return { ok: false, problem };
}

function nodeAt(tree: Tree, path: RootPath): Node {
  const found = tree.stat(path);
  switch (found.kind) {
    case 'symlink': {
      const link = tree.readLink(path);
      return link.ok ? { kind: 'symlink', target: link.target } : { kind: 'unreadable', reason: link.reason };
    }
    case 'missing':
    case 'unreadable':
      return found;
    default:
      return { kind: found.kind };
  }
}

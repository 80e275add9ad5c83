import { ArchiveProblem } from '../archive/problem.js';
import { compareNames } from '../model/path.js';
import { nowhereOnHost, type Tree, type TreeEntry, type TreeMetadata } from '../root/tree.js';
import { type Allowance, imageLimits, type LayerEntry, newAllowance } from './layer-entries.js';

/** Where the content of a file is to be had: the path by which a layer has it. */
export interface ContentPlace {
  readonly layer: number;
  readonly path: string;
}

/** The files of an image, as far as its layers were read. */
export interface ImageTree extends Tree {
  /** Lays the next layer over those before it. @throws ArchiveProblem */
  add(entries: readonly LayerEntry[]): void;
  /** What was asked for and is not here. */
  wanted(): readonly ContentPlace[];
  /** Where the content of a file is, by its canonical path; `undefined` for what is no file. */
  placeOf(path: string): ContentPlace | undefined;
  /** Gives it. */
  provide(place: ContentPlace, content: Buffer): void;
}

type Node = { /** The last layer that had something to say of it. */ layer: number } & (
  | DirectoryNode
  | FileNode
  | { readonly kind: 'symlink'; readonly target: string; readonly metadata: TreeMetadata }
  | { readonly kind: 'other'; readonly metadata: TreeMetadata }
);

interface DirectoryNode {
  readonly kind: 'directory';
  readonly children: Map<string, Node>;
  metadata: TreeMetadata;
}

interface FileNode {
  readonly kind: 'file';
  readonly metadata: TreeMetadata;
  /** Shared by all names of the file. */
  readonly content: { bytes: Buffer | null; readonly place: ContentPlace };
}

/** OCI image-spec, layer.md, “Whiteouts”. */
const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
/** Names that aufs kept for itself. */
const ofAufs = '.wh..wh.';

const unread = 'it has not been fetched yet';
const madeOnTheWay: TreeMetadata = { mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 };

/** An image without a layer yet. `/dev/null` always exists, as in a root on disk. */
export function imageTree(allowance: Allowance = newAllowance()): ImageTree {
  const root: Node & DirectoryNode = {
    kind: 'directory',
    layer: -1,
    children: new Map(),
    metadata: madeOnTheWay,
  };
  const wanted = new Map<string, ContentPlace>();
  const files = new Map<string, FileNode['content']>();
  let layer = -1;

  function find(path: string): Node | undefined {
    let node: Node | undefined = root;
    for (const name of path.split('/').filter((each) => each !== '')) {
      if (node?.kind !== 'directory') return undefined;
      node = node.children.get(name);
    }
    return node;
  }

  /** The directory of that path in this layer; what is in its place below is hidden. */
  function directoryAt(names: readonly string[]): DirectoryNode {
    let node: Node & DirectoryNode = root;
    for (const name of names) {
      let child = node.children.get(name);
      if (child?.kind !== 'directory') {
        allowance.take('entries', 1);
        child = { kind: 'directory', layer, children: new Map(), metadata: madeOnTheWay };
        node.children.set(name, child);
      }
      child.layer = layer;
      node = child;
    }
    return node;
  }

  function hideLower(directory: DirectoryNode): void {
    for (const [name, child] of directory.children) {
      if (child.layer !== layer) directory.children.delete(name);
      else if (child.kind === 'directory') hideLower(child);
    }
  }

  function nodeOf(entry: LayerEntry): Node {
    switch (entry.kind) {
      case 'file': {
        const place = { layer, path: entry.path };
        const content = { bytes: entry.content, place };
        files.set(keyOf(place), content);
        return { kind: 'file', layer, metadata: metadataOf(entry, entry.sizeBytes), content };
      }
      case 'symlink':
        return { kind: 'symlink', layer, target: entry.target, metadata: metadataOf(entry) };
      case 'directory':
        return { kind: 'directory', layer, children: new Map(), metadata: metadataOf(entry) };
      case 'other':
        return { kind: 'other', layer, metadata: metadataOf(entry) };
      case 'hard-link': {
        const target = find(entry.target);
        if (target === undefined || target.kind === 'directory')
          throw new ArchiveProblem(`${entry.path} in it is a hard link to ${entry.target}, which it lacks`);
        if (target.kind === 'file') target.content.bytes ??= entry.content;
        return { ...target, layer };
      }
    }
  }

  function addEntry(entry: LayerEntry): void {
    const names = entry.path.split('/');
    const name = names.pop() ?? '';
    if (name === '') {
      if (entry.kind === 'directory') root.metadata = metadataOf(entry);
      return;
    }
    if (name.startsWith(ofAufs) && name !== opaque) return;
    const parent = directoryAt(names);
    if (name === opaque) {
      hideLower(parent);
      return;
    }
    if (name.startsWith(whiteout)) {
      parent.children.delete(name.slice(whiteout.length));
      return;
    }
    const here = parent.children.get(name);
    if (entry.kind === 'directory' && here?.kind === 'directory') {
      here.layer = layer;
      here.metadata = metadataOf(entry);
    } else parent.children.set(name, nodeOf(entry));
  }

  return {
    add: (entries) => {
      layer += 1;
      // What they name is what the layers before have, wherever in the layer they stand.
      for (const entry of entries.filter(isWhiteout)) addEntry(entry);
      for (const entry of entries) if (!isWhiteout(entry)) addEntry(entry);
    },
    placeOf: (path) => {
      const node = find(path);
      return node?.kind === 'file' ? node.content.place : undefined;
    },
    wanted: () => [...wanted.values()],
    provide: (place, content) => {
      const file = files.get(keyOf(place));
      if (file !== undefined) file.bytes = content;
      wanted.delete(keyOf(place));
    },
    stat: (path): TreeEntry => {
      if (path === '/dev/null') return { kind: 'null' };
      const node = find(path);
      if (node !== undefined) return { kind: node.kind, ...node.metadata };
      return path === '/dev' ? { kind: 'directory', ...madeOnTheWay } : { kind: 'missing' };
    },
    readLink: (path) => {
      const node = find(path);
      return node?.kind === 'symlink'
        ? { ok: true, target: node.target }
        : { ok: false, reason: 'invalid argument (EINVAL)' };
    },
    readFile: (path, limitBytes) => {
      if (path === '/dev/null') return { ok: true, bytes: Buffer.alloc(0) };
      const node = find(path);
      if (node?.kind !== 'file') return { ok: false, kind: 'not-a-file' };
      if (node.metadata.sizeBytes > Math.min(limitBytes, imageLimits.fileBytes))
        return { ok: false, kind: 'too-large' };
      const { bytes, place } = node.content;
      if (bytes !== null) return { ok: true, bytes };
      wanted.set(keyOf(place), place);
      return { ok: false, kind: 'unreadable', reason: unread };
    },
    readDirectory: (path) => {
      const node = find(path);
      if (node?.kind === 'directory')
        return { ok: true, names: [...node.children.keys()].sort(compareNames) };
      return path === '/dev' ? { ok: true, names: [] } : { ok: false, reason: 'not a directory (ENOTDIR)' };
    },
    hostPath: nowhereOnHost,
  };
}

function metadataOf(
  { mode, uid, gid }: Extract<LayerEntry, { readonly mode: number }>,
  sizeBytes = 0,
): TreeMetadata {
  return { mode, uid, gid, sizeBytes };
}

const keyOf = ({ layer, path }: ContentPlace) => `${layer}:${path}`;

function isWhiteout({ path }: LayerEntry): boolean {
  return path.slice(path.lastIndexOf('/') + 1).startsWith(whiteout);
}

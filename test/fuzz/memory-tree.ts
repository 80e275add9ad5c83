import { compareNames, type HostPath } from '../../src/model/path.js';
import type { ComparableTree, TreeEntry } from '../../src/root/tree.js';
import { type Node, nodeOf, type TreeSpec } from '../support/tree-spec.js';

const missing = 'no such file or directory (ENOENT)';

/** The tree of a spec, in memory. On disk it would lie at `top`. */
export function memoryTree(spec: TreeSpec, top: string): ComparableTree {
  const nodes = new Map<string, Node>([['/', { kind: 'directory' }]]);
  const children = new Map<string, Set<string>>([['/', new Set()]]);
  for (const [name, value] of Object.entries(spec)) add(`/${name}`.replace(/\/$/, ''), nodeOf(value));

  function add(path: string, node: Node): void {
    const slash = path.lastIndexOf('/');
    const parent = slash === 0 ? '/' : path.slice(0, slash);
    if (!nodes.has(parent)) add(parent, { kind: 'directory' });
    children.get(parent)?.add(path.slice(slash + 1));
    nodes.set(path, node);
    if (node.kind === 'directory' && !children.has(path)) children.set(path, new Set());
  }

  function contentOf(path: string): Buffer | undefined {
    const node = nodes.get(path);
    if (node?.kind !== 'file') return undefined;
    return Buffer.isBuffer(node.content) ? node.content : Buffer.from(node.content);
  }

  return {
    stat: (path) => entryOf(nodes.get(path)),
    readLink: (path) => {
      const node = nodes.get(path);
      return node?.kind === 'symlink'
        ? { ok: true, target: node.target }
        : { ok: false, reason: 'invalid argument (EINVAL)' };
    },
    readFile: (path, limitBytes) => {
      const node = nodes.get(path);
      if (node === undefined) return { ok: false, kind: 'unreadable', reason: missing };
      if (node.kind !== 'file') return { ok: false, kind: 'not-a-file' };
      const bytes = contentOf(path) ?? Buffer.alloc(0);
      return bytes.length > limitBytes ? { ok: false, kind: 'too-large' } : { ok: true, bytes };
    },
    readDirectory: (path) => {
      const names = children.get(path);
      return nodes.get(path)?.kind === 'directory' && names !== undefined
        ? { ok: true, names: [...names].sort(compareNames) }
        : { ok: false, reason: missing };
    },
    sameContent: (a, b) => {
      const [first, second] = [contentOf(a), contentOf(b)];
      return first !== undefined && second !== undefined && first.equals(second);
    },
    hostPath: (path) => `${top}${path === '/' ? '' : path}` as HostPath,
  };
}

function entryOf(node: Node | undefined): TreeEntry {
  if (node === undefined) return { kind: 'missing' };
  const { mode = node.kind === 'directory' ? 0o755 : 0o644, uid = 0, gid = 0 } = node;
  const sizeBytes = node.kind === 'file' ? Buffer.byteLength(node.content) : 0;
  return { kind: node.kind === 'fifo' ? 'other' : node.kind, mode, uid, gid, sizeBytes };
}

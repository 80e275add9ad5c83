import { type ComparableTree, nowhereOnHost } from './tree.js';

const reason = 'no such file or directory (ENOENT)';

/** A tree without a file, for where there is no such root. */
export const emptyTree: ComparableTree = {
  stat: (path) =>
    path === '/' ? { kind: 'directory', mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 } : { kind: 'missing' },
  readLink: () => ({ ok: false, reason }),
  readFile: () => ({ ok: false, kind: 'unreadable', reason }),
  readDirectory: (path) => (path === '/' ? { ok: true, names: [] } : { ok: false, reason }),
  sameContent: () => false,
  hostPath: nowhereOnHost,
};

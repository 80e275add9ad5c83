import { compareNames, type RootPath, rootPath } from '../model/path.js';
import { nowhereOnHost, type Tree, type TreeEntry } from '../root/tree.js';
import { parentOf } from '../root/walk.js';

/** The label of an OS image that says what it binds: a drop-in, in one line. `check --lock` prints it. */
export const lockLabel = 'io.bound-images.lock';

/** What it says, among all labels of an image. An image cannot take away one of that which it is built on, but empty it. */
export function lockIn(labels: ReadonlyMap<string, string>): string | undefined {
  return labels.get(lockLabel) || undefined;
}

const directory = rootPath('/usr/lib/bound-images.d');
/** Where it stands in the tree, for messages. */
const file = rootPath(`${directory}/${lockLabel}.toml`);
/** The label speaks of all that the vendor binds. */
const vendors = [directory, rootPath('/usr/lib/bootc/bound-images.d')];

const directoryEntry: TreeEntry = { kind: 'directory', mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 };

/** The current root, but binding what the label of another image says. */
export function boundByLabel(current: Tree, label: string): Tree {
  const content = Buffer.from(label);
  const above = new Set<RootPath>();
  for (let path = directory; path !== '/'; path = parentOf(path)) above.add(path);

  /** What is in those directories of the current root is not what is in the image's. */
  const isHidden = (path: RootPath) =>
    vendors.some((vendor) => path === vendor || path.startsWith(`${vendor}/`));

  return {
    stat: (path) => {
      if (path === file) return { kind: 'file', mode: 0o644, uid: 0, gid: 0, sizeBytes: content.length };
      if (above.has(path)) return directoryEntry;
      return isHidden(path) ? { kind: 'missing' } : current.stat(path);
    },
    readLink: (path) => current.readLink(path),
    readFile: (path, limitBytes) => {
      if (path !== file) return current.readFile(path, limitBytes);
      return content.length > limitBytes ? { ok: false, kind: 'too-large' } : { ok: true, bytes: content };
    },
    readDirectory: (path) => {
      if (path === directory) return { ok: true, names: [`${lockLabel}.toml`] };
      const listing = current.readDirectory(path);
      const [below] = [...above].filter((each) => parentOf(each) === path);
      if (below === undefined) return listing;
      const name = below.slice(below.lastIndexOf('/') + 1);
      const names = new Set([...(listing.ok ? listing.names : []), name]);
      return { ok: true, names: [...names].sort(compareNames) };
    },
    hostPath: (path) => (path === file ? nowhereOnHost(path) : current.hostPath(path)),
  };
}

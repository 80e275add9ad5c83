import type { RootView } from '../root/root-view.js';
import type { ChangedFile } from './plan-fixes.js';

/** The view of a root as it is with the changes, whether they have been written or not. */
export function editedRoot(root: RootView, files: readonly ChangedFile[]): RootView {
  const changed = new Map(files.map(({ hostPath, after }) => [hostPath, after]));
  return {
    ...root,
    readFile: (path, options) => {
      const read = root.readFile(path, options);
      return read.ok ? { ...read, bytes: changed.get(read.hostPath) ?? read.bytes } : read;
    },
  };
}

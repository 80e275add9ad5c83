import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { newTempDir } from './temp.js';

/** A file of a tree: its text, or text with a mode, or a symlink, or an empty directory. */
export type TreeNode =
  | string
  | { readonly text: string; readonly mode: number }
  | { readonly link: string }
  | { readonly directory: true };

/** Files by path, relative to the tree's top. */
export type Tree = Readonly<Record<string, TreeNode>>;

/** Writes a tree into a directory, creating what is missing on the way. */
export async function writeTree(dir: string, tree: Tree): Promise<void> {
  for (const [path, node] of Object.entries(tree)) {
    const file = join(dir, path);
    await mkdir(dirname(file), { recursive: true });
    if (typeof node === 'string') await writeFile(file, node);
    else if ('link' in node) await symlink(node.link, file);
    else if ('directory' in node) await mkdir(file, { recursive: true });
    else {
      await writeFile(file, node.text);
      // After the fact, because the umask does not apply to chmod.
      await chmod(file, node.mode);
    }
  }
}

/** Paths of a new root and a current root, which `remove` deletes. */
export type Roots = {
  readonly newRoot: string;
  readonly currentRoot: string;
  readonly remove: () => Promise<void>;
};

/** Writes both roots into a temporary directory. */
export async function makeRoots(trees: {
  readonly newRoot: Tree;
  readonly currentRoot?: Tree;
}): Promise<Roots> {
  const temp = await newTempDir();
  const newRoot = join(temp.path, 'new-root');
  const currentRoot = join(temp.path, 'current-root');
  try {
    await mkdir(newRoot);
    await mkdir(currentRoot);
    await writeTree(newRoot, trees.newRoot);
    await writeTree(currentRoot, trees.currentRoot ?? {});
  } catch (error) {
    await temp.remove();
    throw error;
  }
  return { newRoot, currentRoot, remove: temp.remove };
}

/** Returns a containers-auth.json(5) from `USER:PASSWORD` by registry or namespace. */
export function authJson(credentials: Readonly<Record<string, string>>): string {
  const auths = Object.entries(credentials).map(([key, creds]) => {
    return [key, { auth: Buffer.from(creds).toString('base64') }];
  });
  return `${JSON.stringify({ auths: Object.fromEntries(auths) }, null, 2)}\n`;
}

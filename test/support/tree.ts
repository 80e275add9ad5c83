import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodePath, fsPath, type HostPath } from '../../src/model/path.js';
import { type Node, nodeOf, type TreeSpec } from './tree-spec.js';

export { dir, fifo, file, symlink, type TreeSpec } from './tree-spec.js';

const made: string[] = [];

/** Removes every tree that was made: clean-up.ts does so after the last test of a file. */
export function removeTrees(): void {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
}

/**
 * Builds a directory tree in a new temporary directory and returns its path, which has no symlinks in it. The
 * tree is removed after the last test of the file.
 *
 *     makeTree({ 'usr/lib/x': 'text', 'a/link': symlink('../b'), 'empty/': dir(), secret: file('', { mode: 0o600 }) })
 */
export function makeTree(spec: TreeSpec): HostPath {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'bound-images-tree-')));
  made.push(top);
  chmodSync(top, 0o755);
  addToTree(top as HostPath, spec);
  return top as HostPath;
}

/** Adds to a tree that exists, for what a spec cannot say, such as content that depends on the tree's path. */
export function addToTree(top: HostPath, spec: TreeSpec): void {
  const directories = new Set<string>();
  for (const [name, value] of Object.entries(spec)) {
    const path = join(top, name).replace(/\/$/, '') as HostPath;
    const directory = dirname(path) as HostPath;
    if (!directories.has(directory)) mkdirSync(fsPath(directory), { recursive: true });
    directories.add(directory);
    create(path, nodeOf(value));
  }
}

function create(path: HostPath, node: Node): void {
  const at = fsPath(path);
  switch (node.kind) {
    case 'file':
      writeFileSync(at, node.content);
      break;
    case 'directory':
      mkdirSync(at, { recursive: true });
      break;
    case 'symlink':
      symlinkSync(fsPath(node.target as HostPath), at);
      break;
    case 'fifo':
      // The arguments of a child process cannot carry bytes that are not UTF-8; stdin can.
      execFileSync('xargs', ['-0', 'mkfifo', '--'], { input: encodePath(path) });
      break;
  }
  if (node.uid !== undefined || node.gid !== undefined) lchownSync(at, node.uid ?? 0, node.gid ?? 0);
  if (node.mode !== undefined) chmodSync(at, node.mode);
}

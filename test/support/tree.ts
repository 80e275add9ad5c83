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
import { afterAll } from 'vitest';
import { encodePath, fsPath, type HostPath } from '../../src/root/path.js';

interface Attributes {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

type Node = (
  | { readonly kind: 'file'; readonly content: string | Buffer }
  | { readonly kind: 'directory' }
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'fifo' }
) &
  Attributes;

/**
 * What is to be in a tree: paths relative to its top, each a file's content or one of the makers below. Parents
 * need not be named. Names and targets may hold bytes that are not UTF-8 (see decodeName).
 */
export type TreeSpec = Readonly<Record<string, string | Buffer | Node>>;

export function file(content: string | Buffer, attributes: Attributes = {}): Node {
  return { kind: 'file', content, ...attributes };
}

export function dir(attributes: Attributes = {}): Node {
  return { kind: 'directory', ...attributes };
}

/** A symlink with exactly this target, be it relative, absolute or dangling. */
export function symlink(target: string, attributes: Pick<Attributes, 'uid' | 'gid'> = {}): Node {
  return { kind: 'symlink', target, ...attributes };
}

export function fifo(): Node {
  return { kind: 'fifo' };
}

const made: string[] = [];

afterAll(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

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
  for (const [name, value] of Object.entries(spec)) {
    const node = typeof value === 'string' || Buffer.isBuffer(value) ? file(value) : value;
    create(join(top, name).replace(/\/$/, '') as HostPath, node);
  }
}

function create(path: HostPath, node: Node): void {
  mkdirSync(fsPath(dirname(path) as HostPath), { recursive: true });
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

export interface Attributes {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export type Node = (
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

/** What stands for a node in a TreeSpec, as a node. */
export function nodeOf(value: TreeSpec[string]): Node {
  return typeof value === 'string' || Buffer.isBuffer(value) ? file(value) : value;
}

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

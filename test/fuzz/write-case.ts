import { isUtf8 } from 'node:buffer';
import { nodeOf, type TreeSpec } from '../support/tree-spec.js';
import type { FuzzCase } from './fuzz-case.js';

/** A case as JSON that can be kept, with each file as text or, where it is not UTF-8, as base64. */
export function caseJson({ newRoot, currentRoot, settings, inputs }: FuzzCase): object {
  return { inputs, settings, newRoot: rootJson(newRoot), currentRoot: rootJson(currentRoot) };
}

function rootJson(root: TreeSpec): object {
  const nodes = Object.entries(root).map(([path, value]) => {
    const node = nodeOf(value);
    if (node.kind !== 'file') return [path, node];
    const bytes = Buffer.from(node.content);
    const content = isUtf8(bytes) ? { text: bytes.toString('utf8') } : { base64: bytes.toString('base64') };
    return [path, { ...node, content }];
  });
  return Object.fromEntries(nodes);
}

import { type Alias, type Document, isAlias, isNode, type Node, visit } from 'yaml';

/**
 * Follows the aliases of a document: an alias stands for the node that bore its name last before it. The document is
 * looked through once, where `Alias.resolve` does so for every alias.
 */
export function aliasFollower(document: Document): (node: unknown) => unknown {
  let targets: ReadonlyMap<Alias, Node | undefined> | undefined;
  return (node) => {
    if (!isAlias(node)) return node;
    targets ??= aliasTargets(document);
    return targets.get(node);
  };
}

function aliasTargets(document: Document): ReadonlyMap<Alias, Node | undefined> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node | undefined>();
  visit(document, (_, node) => {
    if (isAlias(node)) targets.set(node, anchors.get(node.source));
    else if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
  });
  return targets;
}

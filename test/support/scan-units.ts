import { scan } from '../../src/scan/scan.js';
import { makeRoots } from './roots.js';
import { symlink, type TreeSpec } from './tree.js';

const units = 'usr/share/containers/systemd';

/**
 * What a root binds whose entries are links to the units `bound`: each image with its arguments, each finding as
 * `rule file line column`. `tree` is below /usr/share/containers/systemd; a path that begins with `/`, and the
 * files of findings elsewhere, are those of the root.
 */
export function scanUnits(bound: readonly string[], tree: TreeSpec) {
  const links = bound.map((path) => [
    `usr/lib/bound-images.d/${path.slice(path.lastIndexOf('/') + 1)}`,
    symlink(`/${units}/${path}`),
  ]);
  const files = Object.entries(tree).map(([path, node]) => [
    path.startsWith('/') ? path.slice(1) : `${units}/${path}`,
    node,
  ]);
  const { images, diagnostics } = scan(makeRoots(Object.fromEntries([...links, ...files])).newRoot);
  return {
    images: images.map(({ reference, globalArguments, arguments: args }) =>
      [reference.text, ...globalArguments, ...args].join(' '),
    ),
    findings: diagnostics.map(({ rule, file, line, column }) =>
      [rule, file?.replace(`/${units}/`, ''), line, column].filter((part) => part !== null).join(' '),
    ),
    diagnostics,
  };
}

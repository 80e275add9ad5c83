import { changed, cleanRoot } from '../rules/clean-root.js';
import { rows } from '../rules/rows.js';
import { nodeOf, type TreeSpec } from '../support/tree-spec.js';
import { seedCurrentRoot, seedRoot } from './seed-root.js';

/** What a file is read as, by its path in a root. */
export type FileKind =
  | 'unit'
  | 'unit drop-in'
  | 'TOML drop-in'
  | 'auth file'
  | 'policy.json'
  | 'registries.conf'
  | 'storage.conf'
  | 'YAML'
  | 'other';

const kinds: readonly (readonly [FileKind, RegExp])[] = [
  [
    'unit drop-in',
    /\.(?:container|image|volume|kube|pod|network|build|artifact)\.d\/|\/(?:container|image)\.d\//,
  ],
  ['unit', /\.(?:container|image|volume|kube|pod|network|build|artifact)$/],
  ['TOML drop-in', /bound-images\.d\/[^/]*\.toml$/],
  ['policy.json', /\/policy\.json$/],
  ['auth file', /\.json$/],
  ['registries.conf', /\/registries\.conf/],
  ['storage.conf', /\/storage\.conf/],
  ['YAML', /\.ya?ml$/],
];

export function kindOf(path: string): FileKind {
  return kinds.find(([, pattern]) => pattern.test(path))?.[0] ?? 'other';
}

/** A new root and the current one to begin with. */
export interface BaseRoots {
  readonly newRoot: TreeSpec;
  readonly currentRoot: TreeSpec;
}

/** Those whose mistake is a file’s length have little else to say, and take the time of thousands. */
const isSmall = ({ newRoot }: BaseRoots) =>
  Object.values(newRoot).every((value) => {
    const node = nodeOf(value);
    return node.kind !== 'file' || node.content.length < 64 * 1024;
  });

/** The roots of every rule’s rows, wrong and right, and one that has much of every grammar. */
export const baseRoots: readonly BaseRoots[] = [
  ...rows
    .flatMap(({ wrong, right }) => [wrong, right])
    .map((change) => ({
      newRoot: changed(change),
      currentRoot: {},
    })),
  { newRoot: cleanRoot, currentRoot: seedCurrentRoot },
  { newRoot: seedRoot, currentRoot: seedCurrentRoot },
].filter(isSmall);

/** Every content of each kind that there is in these roots, once. */
export const contents: ReadonlyMap<FileKind, readonly Buffer[]> = contentsByKind();

function contentsByKind(): ReadonlyMap<FileKind, readonly Buffer[]> {
  const known = new Map<FileKind, Map<string, Buffer>>();
  for (const { newRoot, currentRoot } of baseRoots) {
    for (const [path, value] of [...Object.entries(newRoot), ...Object.entries(currentRoot)]) {
      const node = nodeOf(value);
      if (node.kind !== 'file') continue;
      const kind = kindOf(path);
      const bytes = Buffer.from(node.content);
      known.set(kind, (known.get(kind) ?? new Map<string, Buffer>()).set(bytes.toString('latin1'), bytes));
    }
  }
  return new Map([...known].map(([kind, texts]) => [kind, [...texts.values()]]));
}

import { copyFileSync, linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { HostPath } from '../../src/model/path.js';
import { addToTree, type TreeSpec } from '../../test/support/tree.js';
import { execOk } from './exec.js';
import { type QuadletVersion, quadletGenerator } from './quadlet-generator.js';

/** What the generator says about one tree: the services that it would write, and what it complains of. */
export type GeneratorRun = { readonly stdout: Buffer; readonly stderr: string };

/** Trees on disk, and the real generator of that podman, which sees each of them as its root. */
export type QuadletTrees = {
  readonly version: QuadletVersion;
  /** Builds a tree and returns its directory. */
  readonly add: (spec: TreeSpec) => HostPath;
  /** Runs the generator in each tree, with its own search path for root. */
  readonly generate: (trees: readonly HostPath[]) => Promise<readonly GeneratorRun[]>;
  readonly remove: () => Promise<void>;
};

const PROGRAM = '/.generator/quadlet';

// One shell for all trees: starting a process from node costs more than the generator's own run. Its exit status
// says nothing, because it is 1 as soon as one unit is refused.
const SCRIPT = `for tree do
  chroot "$tree" ${PROGRAM} -dryrun >"$tree/.generator/stdout" 2>"$tree/.generator/stderr"
done
true`;

/** @throws Error when the process may not call chroot(2), or the generator cannot be had */
export async function quadletTrees(version: QuadletVersion): Promise<QuadletTrees> {
  const program = await quadletGenerator(version);
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'bound-images-quadlet-')));
  const originals = new Map([[PROGRAM, program]]);
  const libraries = await execOk('ldd', [program]);
  for (const [, library = ''] of libraries.matchAll(/(\/\S+) \(0x/g)) originals.set(library, library);
  for (const [at, from] of originals) place(join(top, 'originals', at), (to) => copyFileSync(from, to));
  let count = 0;

  function add(spec: TreeSpec): HostPath {
    const tree = join(top, `${count}`) as HostPath;
    count += 1;
    for (const at of originals.keys()) {
      place(join(tree, at), (to) => linkSync(join(top, 'originals', at), to));
    }
    // The generator only reads from it, and reads the same: nothing.
    place(join(tree, 'dev/null'), (to) => writeFileSync(to, ''));
    addToTree(tree, spec);
    return tree;
  }

  async function generate(trees: readonly HostPath[]): Promise<readonly GeneratorRun[]> {
    // QUADLET_UNIT_DIRS would take the place of the search path.
    const env = { QUADLET_UNIT_DIRS: undefined, GOMAXPROCS: '1' };
    await execOk('sh', ['-c', SCRIPT, 'sh', ...trees], { env });
    return Promise.all(
      trees.map(async (tree) => ({
        stdout: await readFile(join(tree, '.generator/stdout')),
        stderr: await readFile(join(tree, '.generator/stderr'), 'utf8'),
      })),
    );
  }

  return { version, add, generate, remove: async () => rmSync(top, { recursive: true, force: true }) };
}

function place(path: string, create: (path: string) => void): void {
  mkdirSync(dirname(path), { recursive: true });
  create(path);
}

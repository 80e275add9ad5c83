import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Diagnostic } from '../src/diagnostic/diagnostic.js';
import type { HostPath } from '../src/model/path.js';
import { canonicalName } from '../src/model/reference/reference.js';
import { openRoots } from '../src/root/open-roots.js';
import { quadletKinds } from '../src/scan/quadlet/kinds.js';
import { readLoadedUnit } from '../src/scan/quadlet/read.js';
import { searchUnits } from '../src/scan/unit/search.js';
import { checkRoots } from '../test/support/check-roots.js';
import { makeRoots } from '../test/support/roots.js';
import type { TreeSpec } from '../test/support/tree.js';
import { type GeneratorRun, type QuadletTrees, quadletTrees } from './support/quadlet-chroot.js';
import { deliberateRefusals } from './support/quadlet-differences.js';
import { followed, type QuadletVersion, quadletVersions } from './support/quadlet-generator.js';
import { containerImageRows } from './support/quadlet-rows/container-images.js';
import { containerRefusalRows } from './support/quadlet-rows/container-refusals.js';
import { dropInRows } from './support/quadlet-rows/drop-ins.js';
import { lostRows } from './support/quadlet-rows/lost.js';
import { otherUnitRows } from './support/quadlet-rows/other-units.js';
import { searchRows } from './support/quadlet-rows/search.js';
import { readServices } from './support/quadlet-services.js';

const rows = [
  ...containerImageRows,
  ...containerRefusalRows,
  ...dropInRows,
  ...lostRows,
  ...otherUnitRows,
  ...searchRows,
]
  .map(({ name, tree }) => ({ name, ...withDropIn(tree) }))
  .filter(({ wanting }) => wanting.size > 0)
  .map((row, index) => ({ ...row, index }));

describe.each(quadletVersions)('where podman %s boots', (version) => {
  let trees: QuadletTrees;
  const runs: { readonly tree: HostPath; readonly run: GeneratorRun }[] = [];

  beforeAll(async () => {
    trees = await quadletTrees(version);
    const paths = rows.map(({ tree }) => trees.add(tree));
    const generated = await trees.generate(paths);
    for (const [index, tree] of paths.entries()) {
      const run = generated[index];
      if (run !== undefined) runs.push({ tree, run });
    }
  });
  afterAll(() => trees.remove());

  test.each(rows)('finds why there is no service of what runs a bound image: $name', ({ index, wanting }) => {
    const generated = runs[index];
    if (generated === undefined) throw new Error('the generator did not run');
    const services = readServices(generated.run.stdout);
    const opened = openRoots({ root: generated.tree, currentRoot: generated.tree });
    if (!opened.ok) throw new Error(`cannot open ${generated.tree}`);
    const found = checkRoots(opened).filter(({ rule }) => !Object.hasOwn(deliberateRefusals, rule));
    const missing = [...wanting].filter(([unit]) => !services.has(unit)).map(([unit]) => unit);
    const refused = [...wanting].filter(([, files]) =>
      found.some((finding) => {
        if (finding.file === null || !files.includes(finding.file)) return false;
        return finding.severity === 'error' || isRefusalOf(version, finding);
      }),
    );
    expect(refused.map(([unit]) => unit)).toEqual(missing);
  });
});

/** What only that podman refuses. */
function isRefusalOf(version: QuadletVersion, { rule, message }: Diagnostic): boolean {
  const podman = version === '6.1' ? 'podman 6 and later' : 'podman before 6';
  return rule === 'podman-versions-differ' && message.startsWith(`only with ${podman}`);
}

/**
 * A tree with a drop-in that binds all that its units want, and no other entry; and the files of those of its units
 * that run one of these images.
 */
function withDropIn(spec: TreeSpec): {
  readonly tree: TreeSpec;
  readonly wanting: ReadonlyMap<string, readonly string[]>;
} {
  const root = makeRoots(spec).newRoot;
  const search = searchUnits(root, quadletKinds, followed('5.8'));
  const bound = new Set<string>();
  const wanting = new Map<string, readonly string[]>();
  for (const unit of search.repaired().units.values()) {
    const find = () => (search.refused.has(unit.path) ? search.repaired() : search);
    const images = readLoadedUnit(root, unit, null, find).bindings.filter(({ kind }) => kind === 'image');
    for (const { reference } of images) bound.add(canonicalName(reference));
    const files = unit.parts.map(({ source }) => source);
    if (images.length > 0 && /\.(?:container|kube)$/.test(unit.name)) wanting.set(unit.name, files);
  }
  const images = [...bound].map((name) => JSON.stringify(name)).join(', ');
  return { tree: { ...spec, 'usr/lib/bound-images.d/all.toml': `images = [${images}]\n` }, wanting };
}

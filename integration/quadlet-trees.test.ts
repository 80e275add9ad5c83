import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostPath } from '../src/model/path.js';
import { type GeneratorRun, type QuadletTrees, quadletTrees } from './support/quadlet-chroot.js';
import { compareTree, withEntries } from './support/quadlet-comparison.js';
import { quadletVersions } from './support/quadlet-generator.js';
import { containerImageRows } from './support/quadlet-rows/container-images.js';
import { containerRefusalRows } from './support/quadlet-rows/container-refusals.js';
import { dropInRows } from './support/quadlet-rows/drop-ins.js';
import { grammarRows } from './support/quadlet-rows/grammar.js';
import { imageKeyRows } from './support/quadlet-rows/image-keys.js';
import { lostRows } from './support/quadlet-rows/lost.js';
import { otherUnitRows } from './support/quadlet-rows/other-units.js';
import { podmanArgumentRows } from './support/quadlet-rows/podman-arguments.js';
import type { Row } from './support/quadlet-rows/row.js';
import { searchRows } from './support/quadlet-rows/search.js';
import { serviceRows } from './support/quadlet-rows/services.js';

const groups: Readonly<Record<string, readonly Row[]>> = {
  'the search path': searchRows,
  'masks and lost directories': lostRows,
  'drop-ins': dropInRows,
  'the keys of [Image]': imageKeyRows,
  'the image of a container': containerImageRows,
  'what a container may say': containerRefusalRows,
  'other units': otherUnitRows,
  'podman arguments': podmanArgumentRows,
  'services of one name': serviceRows,
  'the grammar': grammarRows,
};

describe.each(quadletVersions)('as podman %s', (version) => {
  let trees: QuadletTrees;
  const runs = new Map<Row, { readonly tree: HostPath; readonly run: GeneratorRun }>();

  beforeAll(async () => {
    trees = await quadletTrees(version);
    const rows = Object.values(groups).flat();
    const paths = rows.map((row) => trees.add(withEntries(row.tree)));
    const generated = await trees.generate(paths);
    for (const [index, row] of rows.entries()) {
      const [tree, run] = [paths[index], generated[index]];
      if (tree !== undefined && run !== undefined) runs.set(row, { tree, run });
    }
  });
  afterAll(() => trees.remove());

  describe.each(Object.entries(groups))('%s', (_, rows) => {
    test.each(rows)('$name', (row) => {
      const generated = runs.get(row);
      if (generated === undefined) throw new Error('the generator did not run');
      const compared = compareTree(generated.tree, generated.run.stdout, version);
      const made = compared.map(({ unit, theirs }) => [unit, theirs.replace(/^\/.*?: (?=podman\b)/, '')]);
      const makes = (version === '6.1' ? row.makesIn6 : undefined) ?? row.makes;
      expect(Object.fromEntries(made), generated.run.stderr).toEqual(makes);
      if (row.weRefuse === undefined) {
        expect(compared.map(({ unit, ours }) => [unit, ours])).toEqual(
          compared.map(({ unit, theirs }) => [unit, theirs]),
        );
      } else expect(compared.flatMap(({ rules }) => rules)).toContain(row.weRefuse);
    });
  });
});

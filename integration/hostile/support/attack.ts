import { afterAll, beforeAll, describe, test } from 'vitest';
import { newCleanup } from '../../support/temp.js';
import type { PodmanVersion } from '../../support/unpacked-podman.js';
import type { Row } from '../row.js';
import { type Bench, newBench } from './run-row.js';
import { chosenRows } from './versions.js';

/** A test for each row that is chosen, with each podman that is to meet it. */
export async function attack(
  who: string,
  rowsFor: (version: PodmanVersion) => Promise<readonly Row[]>,
): Promise<void> {
  const met = new Set<string>();
  for (const [version, rows] of await chosenRows(rowsFor)) {
    // vitest wants a test in each suite.
    if (rows.length === 0) continue;
    const names = rows.map(({ name }) => name);
    const twice = names.filter((name, at) => names.indexOf(name) !== at);
    if (twice.length > 0) throw new Error(`Rows with one name: ${twice.join(', ')}`);
    describe(`podman ${version}, ${who}`, () => {
      const cleanup = newCleanup();
      afterAll(cleanup.run);
      let bench: Bench;
      beforeAll(async () => {
        bench = await newBench(version, cleanup);
      });
      for (const row of rows) {
        const isFirst = !met.has(row.name);
        met.add(row.name);
        test(row.name, () => bench.run(row, isFirst));
      }
    });
  }
}

import { isLong, numberOf } from '../../support/sample.js';
import { type PodmanVersion, podmanVersions } from '../../support/unpacked-podman.js';
import type { Row } from '../row.js';

/** The podmans to attack: without 5.4 in the short form, all with `HOSTILE_FORM=long`. */
const versions: readonly PodmanVersion[] = isLong ? podmanVersions : ['4.3', '5.8', '6.1'];

/**
 * In the short form a row meets one podman; about one in so many is tried of the rows of which there are many, and
 * of the others.
 */
const oneIn = { some: 25, others: 2 };

/** The podmans to attack with the rows that each is to meet, of those that there are for it. */
export async function chosenRows(
  rowsFor: (version: PodmanVersion) => Promise<readonly Row[]>,
): Promise<readonly (readonly [PodmanVersion, readonly Row[]])[]> {
  const all = await Promise.all(versions.map(async (version) => [version, await rowsFor(version)] as const));
  if (isLong) {
    return all.map(([version, rows]) => [
      version,
      rows.filter(({ only }) => only !== 'oldest' || version === versions[0]),
    ]);
  }
  return all.map(([version, rows]) => {
    const chosen = rows.filter(({ name, only, short }) => {
      // An option may be there with the newest alone.
      const having = all.flatMap(([each, others]) => (others.some((row) => row.name === name) ? each : []));
      const met = only === undefined ? having : having.slice(...(only === 'oldest' ? [0, 1] : [-1]));
      const number = numberOf(name);
      return (
        number % (short === 'some' ? oneIn.some : oneIn.others) === 0 &&
        met[(number >> 8) % met.length] === version
      );
    });
    return [version, chosen];
  });
}

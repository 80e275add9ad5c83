import type { PodmanVersion } from '../../support/unpacked-podman.js';
import type { Row } from '../row.js';

const isLong = process.env.HOSTILE_FORM === 'long';

/** The podmans to attack: two in the short form, all three with `HOSTILE_FORM=long`. */
export const versions: readonly PodmanVersion[] = isLong ? ['4.3', '5.4', '5.8'] : ['4.3', '5.8'];

/** The podmans that meet the row. */
export function versionsOf({ only }: Row): readonly (PodmanVersion | undefined)[] {
  if (isLong || only === undefined) return versions;
  return [only === 'oldest' ? versions[0] : versions.at(-1)];
}

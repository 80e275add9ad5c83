import type { LoadedUnit } from '../../scan/unit/search.js';
import { readSection, type UnitValue } from '../../scan/unit/section.js';
import { unitType } from '../../scan/unit/service-name.js';
import { parseMount } from '../../scan/words/mount.js';

/**
 * The names of the units without whose services that of `unit` does not start: quadlet writes a `Requires=` or
 * `BindsTo=` for each, whether or not it has made a service of them.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `handleImageSource`, `handleStorageSource`, `addNetworks`, `handlePod`.
 */
export function requiredUnits(unit: LoadedUnit): readonly string[] {
  const section = readSection(unit, unitType(unit)?.section ?? '', null, []);
  return [
    ...named(/\.image$/, [section.single('Image')?.written]),
    ...named(/\.pod$/, [section.single('Pod')?.written]),
    ...named(/\.(?:container|network)$/, section.list('Network').map(beforeColon)),
    ...named(/\.(?:volume|artifact)$/, section.list('Volume').map(beforeColon)),
    ...named(/\.(?:volume|image|artifact)$/, section.words('Mount').map(mountSource)),
  ];
}

function named(type: RegExp, texts: readonly (string | undefined)[]): readonly string[] {
  return texts.flatMap((text) => (text !== undefined && type.test(text) ? [text] : []));
}

function beforeColon({ written }: UnitValue): string {
  return written.replace(/:.*$/s, '');
}

function mountSource({ written }: UnitValue): string | undefined {
  const mount = parseMount(written);
  return mount.kind === 'mount' ? mount.source?.value : undefined;
}

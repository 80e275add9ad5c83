import { readSection, type UnitValue } from '../../scan/unit/section.js';
import { isNameOf, type LoadedUnit, type NamedKind } from '../../scan/unit/unit.js';
import { parseMount } from '../../scan/words/mount.js';

/**
 * The names of the units without whose services that of `unit` does not start: quadlet writes a `Requires=` or
 * `BindsTo=` for each, whether or not it has made a service of them.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `handleImageSource`, `handleStorageSource`, `addNetworks`, `handlePod`.
 */
export function requiredUnits(unit: LoadedUnit): readonly string[] {
  const section = readSection(unit, unit.kind.section, null, []);
  return [
    ...named(['image'], [section.single('Image')?.written]),
    ...named(['pod'], [section.single('Pod')?.written]),
    ...named(['container', 'network'], section.list('Network').map(beforeColon)),
    ...named(['volume', 'artifact'], section.list('Volume').map(beforeColon)),
    ...named(['volume', 'image', 'artifact'], section.words('Mount').map(mountSource)),
  ];
}

function named(kinds: readonly NamedKind[], texts: readonly (string | undefined)[]): readonly string[] {
  return texts.flatMap((text) => (text !== undefined && isNameOf(text, ...kinds) ? [text] : []));
}

function beforeColon({ written }: UnitValue): string {
  return written.replace(/:.*$/s, '');
}

function mountSource({ written }: UnitValue): string | undefined {
  const mount = parseMount(written);
  return mount.kind === 'mount' ? mount.source?.value : undefined;
}

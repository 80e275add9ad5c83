import { diagnose } from '../../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import type { SectionReader, UnitValue } from '../../unit/section.js';
import { isNameOf, type NamedKind, type UnitSearch } from '../../unit/unit.js';
import { parseMount } from '../../words/mount.js';

/**
 * Units that `Volume=` names and that do not exist. An `.image` there is an ordinary name.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `addVolumes` and `handleStorageSource`.
 */
export function refusedVolumes(section: SectionReader, search: () => UnitSearch): readonly Diagnostic[] {
  return section.list('Volume').flatMap((value) => {
    const colon = value.written.indexOf(':');
    const source = value.written.slice(0, Math.max(0, colon));
    return missingSource(source, ['volume', 'artifact'], search) ? [missing(value, source)] : [];
  });
}

/** Types whose source quadlet looks at. */
const typesWithSource = new Set(['volume', 'bind', 'glob', 'image', 'artifact']);

/**
 * What quadlet refuses in `Mount=`.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `resolveContainerMountParams` (5.8 and 6.1).
 */
export function refusedMounts(section: SectionReader, search: () => UnitSearch): readonly Diagnostic[] {
  return section.words('Mount').flatMap((value) => {
    const mount = parseMount(value.written);
    if (mount.kind === 'unreadable') {
      const reason = 'the mount is not a line of comma-separated values';
      return [diagnose('unit-refused', value.place, { reason, hint: 'check its quotes' })];
    }
    if (!typesWithSource.has(mount.type)) return [];
    const source = mount.source?.value;
    if (source === undefined || source === '') {
      // An anonymous volume.
      const isNone = mount.source === undefined || source === '';
      if (mount.type === 'volume' && isNone && search().podman.isSix()) return [];
      const place = value.placeAt(mount.source?.offset ?? 0);
      const reason = `the mount of type ${mount.type} has no source`;
      return [diagnose('unit-refused', place, { reason, hint: 'add source=' })];
    }
    if (!missingSource(source, ['volume', 'image', 'artifact'], search)) return [];
    return [missing({ ...value, place: value.placeAt(mount.source?.offset ?? 0) }, source)];
  });
}

function missingSource(source: string, kinds: readonly NamedKind[], search: () => UnitSearch): boolean {
  return !/^[./]/.test(source) && isNameOf(source, ...kinds) && !search().units.has(source);
}

function missing({ place }: UnitValue, name: string): Diagnostic {
  return diagnose('unit-missing', place, { name });
}

import { diagnose } from '../../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import type { LoadedUnit, UnitSearch } from '../../unit/search.js';
import { readSection, type SectionReader } from '../../unit/section.js';
import { trimEnd } from '../../unit/values.js';
import { commonRefusals } from './common.js';
import { refusedNetworks } from './networks.js';
import { refusedReload, refusedService } from './service.js';
import { refusedMounts, refusedVolumes } from './sources.js';
import { refusedMappings, refusedUser } from './users.js';

/**
 * Why quadlet makes no service of a `.container` unit, apart from its image.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertContainer` (5.8).
 */
export function containerRefusals(
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
): readonly Diagnostic[] {
  const container = readSection(unit, 'Container', entry, []);
  return [
    ...commonRefusals(unit, 'Container', entry, search),
    ...refusedService(readSection(unit, 'Service', entry, [])),
    ...refusedReload(container),
    ...refusedUser(container),
    ...refusedMappings(container, { manual: true }),
    ...refusedPorts(container),
    ...refusedNetworks(container, search),
    ...refusedVolumes(container, search),
    ...refusedMounts(container, search),
    ...refusedPod(container, search),
  ];
}

/** Only the end is looked at, so that `x1` is a port for quadlet. Source: `isPortRange`. */
function refusedPorts(container: SectionReader): readonly Diagnostic[] {
  return container
    .list('ExposeHostPort')
    .filter(({ written }) => !/\d(?:-\d+)?(?:\/udp|\/tcp)?$/.test(trimEnd(written)))
    .map(({ written, place }) =>
      diagnose('unit-refused', place, {
        reason: `“${written}” is no port and no range of ports`,
        hint: 'write ExposeHostPort=80, 80-90 or 80/udp',
      }),
    );
}

/** Source: `handlePod`. */
function refusedPod(container: SectionReader, search: () => UnitSearch): readonly Diagnostic[] {
  const pod = container.single('Pod');
  if (pod === undefined) return [];
  if (!pod.written.endsWith('.pod')) {
    const reason = `Pod=${pod.written} is not the name of a .pod unit`;
    return [diagnose('unit-refused', pod.place, { reason, hint: 'write Pod=NAME.pod' })];
  }
  if (search().units.has(pod.written)) return [];
  return [diagnose('unit-missing', pod.place, { name: pod.written })];
}

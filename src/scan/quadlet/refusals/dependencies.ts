import { diagnose } from '../../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import type { UnitSearch } from '../../unit/search.js';
import type { SectionReader } from '../../unit/section.js';
import { hasQuadletExtension } from '../quadlet-types.js';

const keys = [
  'After',
  'Before',
  'BindsTo',
  'Conflicts',
  'OnFailure',
  'OnSuccess',
  'PartOf',
  'PropagatesReloadTo',
  'PropagatesStopTo',
  'ReloadPropagatedFrom',
  'Requires',
  'Requisite',
  'StopPropagatedFrom',
  'Upholds',
  'Wants',
];

/**
 * The quadlets that `[Unit]` names and that do not exist; an instance of a template is no unit by itself.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `translateUnitDependencies` (5.5 and newer).
 */
export function refusedDependencies(unit: SectionReader, search: () => UnitSearch): readonly Diagnostic[] {
  return keys
    .flatMap((key) => unit.strv(key))
    .filter(({ written }) => hasQuadletExtension(written) && !search().units.has(written))
    .map(({ written, place }) => diagnose('unit-missing', place, { name: written }));
}

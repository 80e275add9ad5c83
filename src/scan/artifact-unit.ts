import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import type { Requests } from './bound-image.js';
import { commonRefusals } from './refusals/common.js';
import { readSection } from './unit-reader.js';
import type { LoadedUnit, UnitSearch } from './unit-search.js';

/**
 * An `.artifact` unit cannot be bound: podman keeps artifacts apart from images, and knows them since 5.4 only.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertArtifact`.
 */
export function readArtifactUnit(unit: LoadedUnit, entry: string | null, search: () => UnitSearch): Requests {
  const diagnostics: Diagnostic[] = [...commonRefusals(unit, 'Artifact', entry, search)];
  const section = readSection(unit, 'Artifact', entry, diagnostics);
  const artifact = section.single('Artifact');
  if (artifact === undefined) {
    const reason = 'there is no Artifact= in [Artifact]';
    diagnostics.push(diagnose('unit-refused', section.place, { reason, hint: 'add Artifact=' }));
  }
  diagnostics.push(diagnose('artifact-not-bound', artifact?.place ?? section.place, {}));
  return { requests: [], diagnostics };
}

import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import type { ImageRequest, Requests } from './bound-image.js';
import { readContainerUnit } from './container-unit.js';
import { readMountedImages } from './mounted-images.js';
import { commonRefusals } from './refusals/common.js';
import { refusedNetworks } from './refusals/networks.js';
import { refusedVolumes } from './refusals/sources.js';
import { refusedMappings } from './refusals/users.js';
import { replacedService } from './replaced-service.js';
import { readSection } from './unit-reader.js';
import type { LoadedUnit, UnitSearch } from './unit-search.js';

/**
 * What a `.pod` unit wants at boot: the images of the containers that start with it, and of its volumes.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertPod` and `handlePod`.
 */
export function readPodUnit(unit: LoadedUnit, entry: string | null, search: () => UnitSearch): Requests {
  const section = readSection(unit, 'Pod', entry, []);
  const mounted = readMountedImages(section, search);
  const diagnostics: Diagnostic[] = [
    ...commonRefusals(unit, 'Pod', entry, search),
    ...refusedMappings(section, { manual: true }),
    ...refusedNetworks(section, search),
    ...refusedVolumes(section, search),
    ...mounted.diagnostics,
  ];
  const requests: ImageRequest[] = [...mounted.requests];
  for (const container of search().units.values()) {
    if (!startsWith(container, unit.name)) continue;
    const read = readContainerUnit(container, entry, search);
    requests.push(...read.requests);
    if (hasErrors(read.diagnostics)) {
      diagnostics.push(diagnose('pod-container-invalid', section.place, { name: container.name }));
    }
    diagnostics.push(
      ...container.diagnostics,
      ...replacedService(container, entry, search()),
      ...read.diagnostics,
    );
  }
  if (requests.length === 0 && !hasErrors(diagnostics)) {
    diagnostics.push(diagnose('pod-binds-nothing', section.place, {}));
  }
  return { requests, diagnostics };
}

function startsWith(unit: LoadedUnit, pod: string): boolean {
  if (!unit.name.endsWith('.container')) return false;
  const section = readSection(unit, 'Container', null, []);
  return section.single('Pod')?.written === pod && section.bool('StartWithPod')?.value !== false;
}

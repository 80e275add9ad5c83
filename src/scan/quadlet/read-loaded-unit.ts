import type { Requests } from '../../model/bound-image.js';
import type { RootView } from '../../root/root-view.js';
import type { LoadedUnit, UnitSearch } from '../unit/search.js';
import { readArtifactUnit } from './artifact.js';
import { readContainerUnit } from './container.js';
import { readImageUnit } from './image.js';
import { readKubeUnit } from './kube.js';
import { readPodUnit } from './pod.js';
import { replacedService } from './read.js';
import { readVolumeUnit } from './volume.js';

/** What a unit wants at boot, by its type; a `.network` wants nothing, and a `.build` makes its image. */
export function readLoadedUnit(
  root: RootView,
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
): Requests {
  const read = readByType(root, unit, entry, search);
  return { ...read, diagnostics: [...replacedService(unit, entry, search()), ...read.diagnostics] };
}

function readByType(
  root: RootView,
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
): Requests {
  switch (unit.name.slice(unit.name.lastIndexOf('.'))) {
    case '.image':
      return readImageUnit(unit, entry, search);
    case '.container':
      return readContainerUnit(unit, entry, search);
    case '.volume':
      return readVolumeUnit(unit, entry, search);
    case '.kube':
      return readKubeUnit(root, unit, entry, search);
    case '.pod':
      return readPodUnit(unit, entry, search);
    case '.artifact':
      return readArtifactUnit(unit, entry, search);
    default:
      return { requests: [], diagnostics: [] };
  }
}

import { diagnose } from '../../diagnostic/diagnose.js';
import { type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.js';
import { type Binding, type Bindings, noPullOptions } from '../../model/bound-image.js';
import { append } from '../../text/append.js';
import { readSection, type SectionReader } from '../unit/section.js';
import { isNameOf, type LoadedUnit, type UnitSearch } from '../unit/unit.js';
import { globalArguments } from '../words/global-arguments.js';
import { readPodArguments } from '../words/podman-arguments.js';
import { readReference } from '../words/reference.js';
import { readContainerUnit } from './container.js';
import { readMountedImages } from './mounted-images.js';
import { replacedService } from './read.js';
import { commonRefusals } from './refusals/common.js';
import { refusedNetworks } from './refusals/networks.js';
import { refusedVolumes } from './refusals/sources.js';
import { refusedMappings } from './refusals/users.js';

/** Podman 5.8, whose newest keys an older podman refuses. */
export const podKeys: ReadonlySet<string> = new Set(
  (
    'AddHost ContainersConfModule DNS DNSOption DNSSearch ExitPolicy GIDMap GlobalArgs HostName IP IP6 ' +
    'Label Network NetworkAlias PodName PodmanArgs PublishPort RemapGid RemapUid RemapUidSize ' +
    'RemapUsers ServiceName ShmSize StopTimeout SubGIDMap SubUIDMap UIDMap UserNS Volume'
  ).split(' '),
);

/**
 * What a `.pod` unit binds: the images of the containers that start with it, of its volumes, and of its
 * infra container.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertPod` and `handlePod`.
 */
export function readPodUnit(unit: LoadedUnit, entry: string | null, search: () => UnitSearch): Bindings {
  const diagnostics: Diagnostic[] = [...podRefusals(unit, entry, search)];
  const section = readSection(unit, 'Pod', entry, diagnostics);
  const infra = readInfraImage(section);
  const mounted = readMountedImages(section, search);
  append(diagnostics, infra.diagnostics);
  append(diagnostics, mounted.diagnostics);
  const bindings: Binding[] = [...infra.bindings, ...mounted.bindings];
  for (const container of search().units.values()) {
    if (!startsWith(container, unit.name)) continue;
    const read = readContainerUnit(container, entry, search);
    append(bindings, read.bindings);
    if (hasErrors(read.diagnostics)) {
      diagnostics.push(diagnose('pod-container-invalid', section.place, { name: container.name }));
    }
    diagnostics.push(
      ...container.diagnostics,
      ...replacedService(container, entry, search()),
      ...read.diagnostics,
    );
  }
  if (bindings.length === 0 && !hasErrors(diagnostics)) {
    diagnostics.push(diagnose('pod-binds-nothing', section.place, {}));
  }
  return { bindings, diagnostics };
}

/** Why quadlet makes no service of a `.pod` unit. */
export function podRefusals(
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
): readonly Diagnostic[] {
  const section = readSection(unit, 'Pod', entry, []);
  return [
    ...commonRefusals(unit, entry, search),
    ...refusedMappings(section, { manual: true }),
    ...refusedNetworks(section, search),
    ...refusedVolumes(section, search),
  ];
}

/**
 * The image of the infra container, which podman pulls where it is missing and takes no options for.
 * Source: podman pkg/specgen/generate/pause_image.go, `PullInfraImage`.
 */
function readInfraImage(section: SectionReader): Bindings {
  const { infraImage, diagnostics } = readPodArguments(section.words('PodmanArgs'));
  const { diagnostics: refused, ...global } = globalArguments(section);
  // An empty one stands for podman's own.
  if (infraImage === undefined || infraImage.written === '') {
    return { bindings: [], diagnostics: [...diagnostics, ...refused] };
  }
  const { reference, diagnostics: problems } = readReference(infraImage.written, infraImage.placeAt);
  const pull = { options: noPullOptions, arguments: [], ...global };
  return {
    bindings:
      reference === undefined ? [] : [{ kind: 'image', reference, source: infraImage.place, ...pull }],
    diagnostics: [...diagnostics, ...refused, ...problems],
  };
}

function startsWith(unit: LoadedUnit, pod: string): boolean {
  if (!isNameOf(unit.name, 'container')) return false;
  const section = readSection(unit, 'Container', null, []);
  return section.single('Pod')?.written === pod && section.bool('StartWithPod')?.value !== false;
}

import { diagnose } from '../../diagnostic/diagnose.js';
import { type Diagnostic, hasErrors } from '../../diagnostic/diagnostic.js';
import { type Binding, type Bindings, noPullOptions } from '../../model/bound-image.js';
import type { RootView } from '../../root/root-view.js';
import { append } from '../../text/append.js';
import { containersConfOf } from '../containers-conf.js';
import { readSection, type SectionReader, type UnitValue } from '../unit/section.js';
import { isNameOf, type LoadedUnit, type UnitSearch } from '../unit/unit.js';
import { globalArguments } from '../words/global-arguments.js';
import { readPodArguments } from '../words/podman-arguments.js';
import { readUnitReference, type WrittenReference } from '../words/reference.js';
import { readContainerUnit } from './container.js';
import { infraImageByDefault, type WrittenImage } from './infra-image.js';
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
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertPod` and `handlePod` (5.8 and 6.1).
 */
export function readPodUnit(
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
  root: RootView,
): Bindings {
  const diagnostics: Diagnostic[] = [...podRefusals(unit, entry, search)];
  const section = readSection(unit, 'Pod', entry, diagnostics);
  const infra = readInfraImage(section, () =>
    infraImageByDefault(containersConfOf(root, search().podman), entry),
  );
  const mounted = readMountedImages(section, search);
  append(diagnostics, infra.diagnostics);
  append(diagnostics, mounted.diagnostics);
  const bindings: Binding[] = [...infra.bindings, ...mounted.bindings];
  for (const container of search().units.values()) {
    if (!startsWith(container, unit.name)) continue;
    // What is to start of a template, the pod cannot know.
    if (isTemplate(container) && search().podman.isSix()) continue;
    const read = readContainerUnit(container, entry, search, root);
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
function readInfraImage(section: SectionReader, byDefault: () => WrittenImage | undefined): Bindings {
  const { infraImage, diagnostics } = readPodArguments(section.words('PodmanArgs'));
  const { diagnostics: refused, ...global } = globalArguments(section);
  const image =
    infraImage === undefined ? byDefault() : { ...infraImage, ...readReferenceUnlessEmpty(infraImage) };
  const pull = { options: noPullOptions, arguments: [], ...global };
  const reference = image?.reference;
  return {
    bindings:
      image === undefined || reference === undefined
        ? []
        : [{ kind: 'image', reference, source: image.place, ...pull }],
    diagnostics: [...diagnostics, ...refused, ...(image?.diagnostics ?? [])],
  };
}

/** An empty one stands for podman's own. */
function readReferenceUnlessEmpty(value: UnitValue): WrittenReference {
  return value.written === '' ? { reference: undefined, diagnostics: [] } : readUnitReference(value);
}

function startsWith(unit: LoadedUnit, pod: string): boolean {
  if (!isNameOf(unit.name, 'container')) return false;
  const section = readSection(unit, 'Container', null, []);
  return section.single('Pod')?.written === pod && section.bool('StartWithPod')?.value !== false;
}

function isTemplate({ name }: LoadedUnit): boolean {
  return name.endsWith('@.container');
}

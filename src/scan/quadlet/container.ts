import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Bindings } from '../../model/bound-image.js';
import type { RootView } from '../../root/root-view.js';
import { type ContainersConf, containersConfOf, quoted, through } from '../containers-conf.js';
import { readSection, type SectionReader } from '../unit/section.js';
import { isNameOf, type LoadedUnit, type UnitSearch } from '../unit/unit.js';
import { trimEnd } from '../unit/values.js';
import { readRunArguments } from '../words/podman-arguments.js';
import { readImageSource } from './image-source.js';
import { readMountArguments, readMountedImages } from './mounted-images.js';
import { type Pull, readPull } from './pull.js';
import { commonRefusals } from './refusals/common.js';
import { refusedNetworks } from './refusals/networks.js';
import { refusedReload, refusedService } from './refusals/service.js';
import { refusedMounts, refusedVolumes } from './refusals/sources.js';
import { refusedMappings, refusedUser } from './refusals/users.js';
import { pulledAtBoot, refusedPull, type ServicePull, servicePull } from './service-pull.js';
import { changedImage, missingImage, repeatedImage } from './written-image.js';

/** Podman 5.8, whose newest keys an older podman refuses. */
export const containerKeys: ReadonlySet<string> = new Set(
  (
    'AddCapability AddDevice AddHost Annotation AppArmor AutoUpdate CgroupsMode ContainerName ' +
    'ContainersConfModule DNS DNSOption DNSSearch DropCapability Entrypoint Environment EnvironmentFile ' +
    'EnvironmentHost Exec ExposeHostPort GIDMap GlobalArgs Group GroupAdd HealthCmd HealthInterval ' +
    'HealthLogDestination HealthMaxLogCount HealthMaxLogSize HealthOnFailure HealthRetries ' +
    'HealthStartPeriod HealthStartupCmd HealthStartupInterval HealthStartupRetries HealthStartupSuccess ' +
    'HealthStartupTimeout HealthTimeout HostName HttpProxy IP IP6 Image Label LogDriver LogOpt Mask Memory ' +
    'Mount Network NetworkAlias NoNewPrivileges Notify PidsLimit Pod PodmanArgs PublishPort Pull ReadOnly ' +
    'ReadOnlyTmpfs ReloadCmd ReloadSignal RemapGid RemapUid RemapUidSize RemapUsers Retry RetryDelay Rootfs ' +
    'RunInit SeccompProfile Secret SecurityLabelDisable SecurityLabelFileType SecurityLabelLevel ' +
    'SecurityLabelNested SecurityLabelType ServiceName ShmSize StartWithPod StopSignal StopTimeout SubGIDMap ' +
    'SubUIDMap Sysctl Timezone Tmpfs UIDMap Ulimit Unmask User UserNS VolatileTmp Volume WorkingDir'
  ).split(' '),
);

export const containerKeysOf6: ReadonlySet<string> = new Set(['ImageVolume']);

/**
 * What a `.container` unit binds: its image, and those that it mounts.
 * Source: podman pkg/systemd/quadlet/quadlet.go, `ConvertContainer`.
 */
export function readContainerUnit(
  unit: LoadedUnit,
  entry: string | null,
  search: () => UnitSearch,
  root: RootView,
): Bindings {
  const diagnostics: Diagnostic[] = [
    ...containerRefusals(unit, entry, search),
    ...changedImage(unit, entry),
    ...repeatedImage(unit, entry),
  ];
  const section = readSection(unit, 'Container', entry, diagnostics);
  const { words, ...pull } = readPull(section, readRunArguments, diagnostics);
  const read = [
    readMainImage(unit, section, pull, servicePull(section, 'Pull', words.service), search, () =>
      policyByDefault(containersConfOf(root, search().podman), entry),
    ),
    readMountedImages(section, search),
    readMountArguments(words.mounts),
    // Whoever mounts something else in the same place keeps those of containers.conf away; that is rare.
    readMountArguments(
      containersConfOf(root, search().podman).mounts.map((mount) => quoted(through(mount, entry))),
    ),
  ];
  return {
    bindings: read.flatMap(({ bindings }) => bindings),
    diagnostics: [...diagnostics, ...read.flatMap((part) => part.diagnostics)],
  };
}

function readMainImage(
  unit: LoadedUnit,
  section: SectionReader,
  pull: Pull,
  atBoot: ServicePull,
  search: () => UnitSearch,
  byDefault: () => readonly Diagnostic[],
): Bindings {
  const refused = refusedPull(atBoot);
  const none = (...problems: readonly Diagnostic[]): Bindings => ({
    bindings: [],
    diagnostics: [...refused, ...problems],
  });
  const image = section.single('Image');
  const rootfs = section.single('Rootfs');
  if (image === undefined) {
    return rootfs === undefined
      ? none(...missingImage(unit, section, search().kinds))
      : none(diagnose('rootfs-binds-nothing', rootfs.place, {}));
  }
  if (rootfs !== undefined) return none(diagnose('image-and-rootfs', rootfs.place, {}));
  const read = readImageSource(image, pull, search);
  // An archive is read again, whatever the policy; no registry is asked.
  const isArchive = !isNameOf(image.written, 'image') && read.bindings[0]?.reference.transport !== 'docker';
  const ownPolicy = () =>
    atBoot.policy === undefined
      ? byDefault()
      : pulledAtBoot(atBoot.policy, 'write Pull=missing, or leave it out');
  const atStart = isArchive ? [] : ownPolicy();
  return { ...read, diagnostics: [...refused, ...read.diagnostics, ...atStart] };
}

/** What containers.conf says where the unit says nothing. Source: DefineCreateDefaults in podman cmd/podman/common. */
function policyByDefault({ pullPolicy }: ContainersConf, entry: string | null): readonly Diagnostic[] {
  if (pullPolicy === undefined) return [];
  return pulledAtBoot(through(pullPolicy, entry), 'remove pull_policy, or write Pull=missing in the units');
}

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
    ...commonRefusals(unit, entry, search),
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
        reason: `“${written}” is neither a port nor a range of ports`,
        hint: 'write ExposeHostPort=80, 80-90 or 80/udp',
      }),
    );
}

/** Source: `handlePod`. */
function refusedPod(container: SectionReader, search: () => UnitSearch): readonly Diagnostic[] {
  const pod = container.single('Pod');
  if (pod === undefined) return [];
  if (!isNameOf(pod.written, 'pod')) {
    const reason = `Pod=${pod.written} is not the name of a .pod unit`;
    return [diagnose('unit-refused', pod.place, { reason, hint: 'write Pod=NAME.pod' })];
  }
  if (search().units.has(pod.written)) return [];
  return [diagnose('unit-missing', pod.place, { name: pod.written })];
}

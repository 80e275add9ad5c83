/**
 * The keys that quadlet accepts, by section; it refuses a unit with any other. Podman 5.8, whose newest keys
 * an older podman refuses. Source: podman pkg/systemd/quadlet/quadlet.go.
 */
const keys = {
  Image:
    'AllTags Arch AuthFile CertDir ContainersConfModule Creds DecryptionKey GlobalArgs Image ImageTag OS ' +
    'PodmanArgs Policy Retry RetryDelay ServiceName TLSVerify Variant',
  Container:
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
    'SubUIDMap Sysctl Timezone Tmpfs UIDMap Ulimit Unmask User UserNS VolatileTmp Volume WorkingDir',
  Network:
    'ContainersConfModule DNS DisableDNS Driver Gateway GlobalArgs IPAMDriver IPRange IPv6 InterfaceName ' +
    'Internal Label NetworkDeleteOnStop NetworkName Options PodmanArgs ServiceName Subnet',
  Volume:
    'ContainersConfModule Copy Device Driver GlobalArgs Group Image Label Options PodmanArgs ' +
    'ServiceName Type User VolumeName',
  Kube:
    'AutoUpdate ConfigMap ContainersConfModule ExitCodePropagation GlobalArgs KubeDownForce LogDriver ' +
    'LogOpt Network PodmanArgs PublishPort RemapGid RemapUid RemapUidSize RemapUsers ServiceName ' +
    'SetWorkingDirectory UserNS Yaml',
  Pod:
    'AddHost ContainersConfModule DNS DNSOption DNSSearch ExitPolicy GIDMap GlobalArgs HostName IP IP6 ' +
    'Label Network NetworkAlias PodName PodmanArgs PublishPort RemapGid RemapUid RemapUidSize ' +
    'RemapUsers ServiceName ShmSize StopTimeout SubGIDMap SubUIDMap UIDMap UserNS Volume',
  Artifact:
    'Artifact AuthFile CertDir ContainersConfModule Creds DecryptionKey GlobalArgs PodmanArgs Quiet ' +
    'Retry RetryDelay ServiceName TLSVerify',
  Quadlet: 'DefaultDependencies',
} as const;

export type QuadletSection = keyof typeof keys;

export const quadletSections: readonly string[] = Object.keys(keys);

const known = new Map(Object.entries(keys).map(([section, names]) => [section, new Set(names.split(' '))]));
const none: ReadonlySet<string> = new Set();

export function quadletKeys(section: QuadletSection): ReadonlySet<string> {
  return known.get(section) ?? none;
}

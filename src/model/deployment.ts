/** What tells a deployment from every other one of a host. */
export interface DeploymentName {
  readonly stateroot: string;
  /** Of the commit, 64 hexadecimal digits. */
  readonly checksum: string;
  /** Counts the deployments of one commit in one stateroot. */
  readonly serial: number;
}

/** A root that this host can boot, or will be able to boot once it is finalized. */
export interface Deployment extends DeploymentName {
  /** `STATEROOT-CHECKSUM.SERIAL`, which is what rpm-ostree calls it. */
  readonly id: string;
  /** Its directory on this host, absolute. */
  readonly root: string;
  readonly booted: boolean;
  /** Becomes a boot entry when the system shuts down, unless it is held. At most one is. */
  readonly staged: boolean;
  /** What the host goes back to: the first after the booted one in the order of booting. */
  readonly rollback: boolean;
  readonly pinned: boolean;
  /** Prepared in /run/nextroot: the next soft reboot makes it the running one, whoever holds its finalization. */
  readonly softReboot: boolean;
  /** Whose hold keeps it from being finalized when the system shuts down; null: nobody's. Only the staged one is held. */
  readonly heldBy: Holder | null;
}

/** `ours`: libostree's lock says of itself that it was taken by this tool, and for this deployment. */
export type Holder = 'ours' | 'theirs';

/** The next soft reboot makes it the running one. Until then, libostree says the same of the one that a soft reboot booted. */
export function isPrepared({ softReboot, booted }: Pick<Deployment, 'softReboot' | 'booted'>): boolean {
  return softReboot && !booted;
}

/** The ID of a deployment, as rpm-ostree writes it (rust/src/deployment_utils.rs). */
export function deploymentId({ stateroot, checksum, serial }: DeploymentName): string {
  return `${stateroot}-${checksum}.${serial}`;
}

/** The directory of a deployment on a booted host (ostree(1), “deployments”): `/ostree` is a link into /sysroot. */
export function deploymentRoot({ stateroot, checksum, serial }: DeploymentName): string {
  return `/ostree/deploy/${stateroot}/deploy/${checksum}.${serial}`;
}

/** A deployment as a program lists it: what it says of a lock is not all there is to a lock. */
export interface ListedDeployment extends DeploymentName {
  readonly booted: boolean;
  readonly staged: boolean;
  readonly rollback: boolean;
  readonly pinned: boolean;
  readonly softReboot: boolean;
  /** The staged deployment's own data say that it is locked; there may be a lock file, too. */
  readonly locked: boolean;
}

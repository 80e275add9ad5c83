import type { Deployment, Holder } from '../../src/model/deployment.js';

export const idOf = (name: string) => `os-${name}.0`;
export const rootOf = (name: string) => `/ostree/deploy/os/deploy/${name}.0`;

/** A deployment that is neither booted nor staged; names stand for checksums. */
export function otherDeployment(name: string, fields: Partial<Deployment> = {}): Deployment {
  return {
    stateroot: 'os',
    checksum: name,
    serial: 0,
    id: idOf(name),
    root: rootOf(name),
    booted: false,
    staged: false,
    rollback: false,
    pinned: false,
    softReboot: false,
    heldBy: null,
    ...fields,
  };
}

export function stagedDeployment(name: string, heldBy: Holder | null = null): Deployment {
  return otherDeployment(name, { staged: true, heldBy });
}

export const bootedDeployment = otherDeployment('booted', { booted: true });

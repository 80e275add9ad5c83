import { deploymentId } from '../../model/deployment.js';

/** `/ostree` is a link into /sysroot (ostree(1), “deployments”). */
const deployed = /\/ostree\/deploy\/([^/]+)\/deploy\/([\da-f]{64})\.(\d+)$/;

/**
 * The ID of the deployment of a host that lies at a path, by where it lies; `undefined` for what is none.
 *
 * @param path without links
 */
export function deploymentAt(path: string): string | undefined {
  const [, stateroot = '', checksum = '', serial = ''] = deployed.exec(path) ?? [];
  return stateroot === '' ? undefined : deploymentId({ stateroot, checksum, serial: Number(serial) });
}

/** The same for a deployment of this host alone. */
export function ownDeploymentAt(path: string): string | undefined {
  return /^(?:\/sysroot)?\/ostree\/deploy\//.test(path) ? deploymentAt(path) : undefined;
}

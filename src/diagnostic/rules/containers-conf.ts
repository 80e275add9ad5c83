import { error, info, warning } from '../rule.js';

/** What is wrong with containers.conf (containers.conf(5)). */
export const containersConf = {
  'containers-conf-invalid': error<{ problem: string; hint: string | null }>(
    ({ problem }) => `every podman command fails because of this file: ${problem}`,
    ({ hint }) => hint,
  ),
  'containers-conf-remote': error<object>(
    () => 'every podman of this host works on another host, so its services do not find the bound images',
    () => 'remove the line; name the other host where it is needed, with --connection',
  ),
  'containers-conf-env-left-out': info<{ variable: string }>(
    ({ variable }) =>
      `${variable} is for the podman of the next boot; the pull before the boot does not take it from here`,
    ({ variable }) => `if the pull needs ${variable}, set it in the environment of bound-images, too`,
  ),
  'containers-conf-env-store': warning<{ variable: string }>(
    ({ variable }) =>
      `${variable} is for the podman of the next boot, which may then look for images in another store than that of the pull before the boot`,
    () => 'say it in storage.conf, and remove it here',
  ),
};

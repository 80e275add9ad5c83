import { error, warning } from '../rule.js';

/** What is wrong with auth files that podman takes. */
export const authFiles = {
  'authfile-world-readable': warning<{ mode: string }>(
    ({ mode }) => `every user and service of the host can read the credentials in this file (mode ${mode})`,
    () => 'set its mode to 0600, for example with COPY --chmod=0600',
  ),
  'authfile-without-entry': warning<{ path: string; registry: string }>(
    ({ path, registry }) =>
      `the auth file ${path} has no credentials for ${registry}: its images are asked for without a login`,
    ({ path, registry }) => `run podman login --authfile ${path} ${registry}, or leave the auth file out`,
  ),
  'authfile-entry-useless': warning<{ path: string; registry: string; problem: string }>(
    ({ path, registry, problem }) => `the auth file ${path} does not help with ${registry}: ${problem}`,
    ({ path, registry }) => `write the entry anew: podman login --authfile ${path} ${registry}`,
  ),
  'authfile-helper-missing': error<{ program: string; registry: string }>(
    ({ program, registry }) =>
      `podman asks ${program} for the credentials of ${registry}, and this root has no such program: the pull fails`,
    ({ program }) => `install the package that has ${program} in /usr/bin, or remove the helper`,
  ),
};

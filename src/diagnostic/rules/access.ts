import { error, info, warning } from '../rule.js';

/** What is wrong with credentials, certificates and other files that a pull needs. */
export const access = {
  'authfile-missing': error<{ path: string; tried: readonly string[] }>(
    ({ path, tried }) =>
      `the auth file ${path} does not exist, so the image cannot be pulled; tried ${tried.join(', ')}`,
    ({ path }) =>
      `${path.startsWith('/run/') ? 'no image ships /run: name a file under /etc or /usr/lib' : 'ship it in the new root'}, or create it on this host: podman login --authfile ${path} REGISTRY`,
  ),
  'authfile-unusable': error<{ path: string; root: string; problem: string }>(
    ({ path, root, problem }) =>
      `the auth file ${path} of the ${root} root cannot be used, and there is no other: ${problem}`,
    ({ path, problem }) =>
      problem.endsWith('is a directory')
        ? `name a file instead of ${path}`
        : `write it anew: podman login --authfile ${path} REGISTRY`,
  ),
  'authfile-skipped': warning<{ path: string; root: string; problem: string }>(
    ({ path, root, problem }) =>
      `the auth file ${path} of the ${root} root is ignored, so the pull goes without its credentials: ${problem}`,
    ({ path }) => `write it anew: podman login --authfile ${path} REGISTRY; or remove it`,
  ),
  'creds-short-reference': error<object>(
    () =>
      'the credentials cannot be used: the image names no registry, so it is not clear which one they are for',
    () => 'write the registry before the name of the image, as in quay.io/example/db:16',
  ),
  'creds-invalid': error<object>(
    () => 'the credentials have no password: podman would ask for it, and at boot nobody answers',
    () => 'name an auth file instead, or write USER:PASSWORD',
  ),
  'path-missing': error<{ what: string; path: string; tried: readonly string[] }>(
    ({ what, path, tried }) =>
      `the ${what} ${path} does not exist, so the image cannot be pulled; tried ${tried.join(', ')}`,
    ({ what }) => `ship the ${what} in the new root, or create it on this host`,
  ),
  'host-path-unknown': info<{ what: string; path: string }>(
    ({ what, path }) => `the ${what} ${path} is the host’s, and what hosts have there is not known here`,
    ({ what }) =>
      `make sure that every host has the ${what} before it boots this root, or ship it below /usr; on a host, this is checked`,
  ),
  'path-unusable': error<{ what: string; path: string; problem: string }>(
    ({ what, path, problem }) => `the ${what} ${path} cannot be used, so the pull would fail: ${problem}`,
    ({ what }) => `put the ${what} there, or name another`,
  ),
};

import { error, warning } from '../rule.js';

/** What is wrong with credentials, certificates and other files that a pull needs. */
export const access = {
  'authfile-missing': error<{ path: string; tried: readonly string[] }>(
    ({ path, tried }) => `the auth file ${path} does not exist; tried ${tried.join(', ')}`,
    () => 'ship it in the new root, or create it on this host',
  ),
  'authfile-unusable': error<{ path: string; root: string; problem: string }>(
    ({ path, root, problem }) => `the auth file ${path} of the ${root} root cannot be used: ${problem}`,
    () => 'write it with podman login --authfile',
  ),
  'authfile-skipped': warning<{ path: string; root: string; problem: string }>(
    ({ path, root, problem }) => `the auth file ${path} of the ${root} root is passed over: ${problem}`,
    () => 'write it with podman login --authfile, or remove it',
  ),
  'creds-short-reference': error<object>(
    () => 'credentials need an image name with its registry: for a short name nobody knows whose they are',
    () => 'write the registry before the name of the image',
  ),
  'creds-invalid': error<object>(
    () => 'the credentials have no password: podman would ask for it',
    () => 'write user:password, or better an auth file',
  ),
  'path-missing': error<{ what: string; path: string; tried: readonly string[] }>(
    ({ what, path, tried }) => `the ${what} ${path} does not exist; tried ${tried.join(', ')}`,
    ({ what }) => `ship the ${what} in the new root`,
  ),
  'path-unusable': error<{ what: string; path: string; problem: string }>(
    ({ what, path, problem }) => `the ${what} ${path} cannot be used: ${problem}`,
  ),
};

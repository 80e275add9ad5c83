import { error, warning } from '../rule.js';

/** What is wrong with storage.conf. */
export const storageConf = {
  'storage-conf-invalid': error<{ problem: string; hint: string | null }>(
    ({ problem }) => `every podman command fails because of this file: ${problem}`,
    ({ hint }) => hint,
  ),
  'storage-conf-bootc-store': warning<object>(
    () =>
      'every container of the host sees the images of bootc here, also those that are not bound: they break when bootc removes an image that they share layers with',
    () =>
      'remove it, and write GlobalArgs=--storage-opt=additionalimagestore=/usr/lib/bootc/storage in each bound unit',
  ),
  'storage-conf-read-only': warning<{ key: string; path: string }>(
    ({ key, path }) =>
      `podman cannot write to ${path}, its ${key}: /usr is read-only when the host has booted`,
    () => 'choose a directory below /var, or leave it out: the default is /var/lib/containers/storage',
  ),
};

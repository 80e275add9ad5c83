import { warning } from '../rule.js';

/** What a plan cannot know or do. */
export const plans = {
  'tag-not-compared': warning<{ reference: string; problem: string }>(
    ({ reference, problem }) =>
      `“${reference}” is in the store, but whether the registry has a newer one is unknown: ${problem}`,
    () => 'bind a digest, or pull only what is missing: then the registry is not asked',
  ),
  'not-looked-up': warning<{ reference: string; problem: string }>(
    ({ reference, problem }) =>
      `what “${reference}” needs is unknown, because its registry could not be asked: ${problem}`,
    () => 'pull asks it again, while it pulls the images that are known',
  ),
  'registries-of-this-host': warning<{ what: string; reason: string }>(
    ({ what, reason }) =>
      `images are pulled with the ${what} of this host, and not with those of the next boot, because ${reason}`,
    () => 'name the store by its path in storage.conf, or pull as root',
  ),
  'not-proved': warning<{ images: number; problem: string }>(
    ({ images, problem }) =>
      `whether ${images === 1 ? 'an image is' : `${images} images are`} complete in the store cannot be checked, so it is assumed: ${problem}`,
    () => 'see which storage driver “podman info” names, and whether the store can be read',
  ),
  'podman-flag-unsupported': warning<{ flag: string; version: string }>(
    ({ flag, version }) => `podman ${version} does not know ${flag}; it is left out`,
    () => 'install a newer podman, or remove the option',
  ),
};

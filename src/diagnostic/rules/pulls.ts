import { error, info, warning } from '../rule.js';

/** What is wrong with how an image is to be pulled, before the boot or at it. */
export const pulls = {
  'podman-arguments': error<{ word: string | null; problem: string }>(
    ({ word, problem }) =>
      `${word === null ? 'a word' : `“${word}”`} among the podman arguments keeps the service from its image: ${problem}`,
    () => 'remove it, or use a key of podman-systemd.unit(5) instead',
  ),
  'pull-policy-unknown': error<object>(
    () => 'podman refuses to start the service: this is not a pull policy',
    () => 'write always, missing, newer or never',
  ),
  'retry-invalid': error<{ problem: string; hint: string }>(
    ({ problem }) => `podman refuses to start the service: this is ${problem}`,
    ({ hint }) => hint,
  ),
  'pulled-at-boot': warning<{ policy: 'always' | 'newer'; instead: string }>(
    ({ policy }) =>
      policy === 'always'
        ? 'the service pulls its image at every start, even if it is in the store, and fails without the registry'
        : 'the service asks the registry for a newer image at every start; without an answer it takes the one in the store',
    ({ instead }) => instead,
  ),
  'all-tags-refused': error<{ problem: string }>(
    ({ problem }) => `AllTags= does not go with this image: ${problem}`,
    () => 'remove AllTags=',
  ),
  'all-tags-with-tag': warning<{ tag: string }>(
    ({ tag }) => `with AllTags= podman pulls every tag of the repository, not “${tag}” alone`,
    () => 'remove AllTags=, or the tag of the image',
  ),
  'all-tags-unheard': warning<{ option: string }>(
    ({ option }) =>
      option === 'location'
        ? 'with AllTags= podman asks for the list of tags at the registry of the name, and not at the location that registries.conf has for it; where the registry is not there, the pull fails'
        : `with AllTags= podman asks for the list of tags without the ${option} given here; where the registry needs it, the pull fails`,
    ({ option }) =>
      option === 'location'
        ? 'write the location itself into Image=, or remove AllTags='
        : 'set it for the whole host, in containers-auth.json(5) or containers-registries.conf(5), or remove AllTags=',
  ),
  'conflicting-options': error<{ reference: string; option: string; other: string }>(
    ({ reference, option, other }) =>
      `“${reference}” is bound with another ${option} at ${other}, but is pulled only once`,
    ({ option }) => `write the same ${option} in both places`,
  ),
  'global-option-left-out': warning<{ option: string; loses: string }>(
    ({ option, loses }) =>
      `“${option}” applies to the service only: the pull before the boot goes without ${loses}`,
    () => 'name an auth file instead: AuthFile= in an .image unit, --authfile in PodmanArgs= elsewhere',
  ),
  'module-settings-left-out': info<{ path: string; settings: readonly string[]; mayBeProxy: boolean }>(
    ({ path, settings }) =>
      `of the containers.conf module ${path}, these apply to the service only, not to the pull before the boot: ${listed(settings)}`,
    ({ mayBeProxy }) =>
      mayBeProxy ? 'if the pull needs a proxy, set it in the environment of bound-images' : null,
  ),
};

/** A file may name thousands, of any length. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => (name.length > 60 ? `${name.slice(0, 60)}…` : name));
  return `${shown.join(', ')}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ''}`;
}

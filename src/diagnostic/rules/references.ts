import { error, warning } from '../rule.js';

/** A reference as written, its repository, and the name under which podman stores it. */
export interface Named {
  readonly text: string;
  readonly name: string;
  readonly stored: string;
  /** bootc pulls it, and later looks for it by the name as written. */
  readonly isBootcs: boolean;
}

function pinned({ name }: Named): string {
  // As in podman, a part with a dot or a port is a registry. Without one there is another finding that asks for it.
  const hasRegistry = /^(?:[^/]*[.:][^/]*|localhost)\//.test(name);
  return `write “${hasRegistry ? '' : 'registry/'}${name}@sha256:…” with the digest of the image that was tested`;
}

/** What to do about slips that leave no doubt; `null` for others. */
function correction(text: string): string | null {
  if (/\s#/.test(text)) return 'write the comment in a line of its own';
  if (/\s[A-Z][A-Za-z]*=/.test(text)) return 'remove the backslash at the end of the line before';
  return null;
}

/** What is wrong with a reference. */
export const references = {
  'reference-invalid': error<{ text: string; problem: string; instead: string | null }>(
    ({ text, problem }) => `“${text}” is not an image reference: ${problem}`,
    ({ text, instead }) => instead ?? correction(text) ?? 'write registry/name:tag or registry/name@sha256:…',
  ),
  'reference-short': warning<{ text: string }>(
    ({ text }) => `“${text}” names no registry: which image it is depends on the registries.conf of the host`,
    ({ text }) => `name the registry, for example docker.io/${text.includes('/') ? '' : 'library/'}${text}`,
  ),
  'reference-localhost': error<{ text: string }>(
    ({ text }) =>
      `“${text}” is the name of an image that was built on one machine: no registry has it, so no host can pull it`,
    () => 'push the image to a registry, and write its name there',
  ),
  'reference-untagged': warning<Named>(
    ({ text, stored, isBootcs }) =>
      isBootcs
        ? `“${text}” has neither tag nor digest: it is whatever was pushed last, and bootc removes it again, because podman stores it as “${stored}”`
        : `“${text}” has neither tag nor digest: it is whatever was pushed last as “latest”, and may be another image on every host`,
    pinned,
  ),
  'reference-floating': warning<Named>(
    ({ text }) =>
      text.endsWith(':latest')
        ? `“${text}” is whatever was pushed last, and may be another image on every host`
        : `“${text}” names a tag, which can be moved: a host may boot with another image than the one that was tested`,
    pinned,
  ),
  'reference-tag-and-digest': warning<Named>(
    ({ text, stored, isBootcs }) =>
      isBootcs
        ? `podman ignores the tag in “${text}” and stores the image as “${stored}”, and bootc removes it again, because it looks for both`
        : `podman ignores the tag in “${text}”: another tag here changes nothing`,
    ({ stored }) => `write “${stored}”, and the tag in a comment`,
  ),
  'reference-renamed': warning<Named>(
    ({ text, stored }) =>
      `podman stores “${text}” as “${stored}”, and bootc removes it again, because it looks for the name as it is written here`,
    ({ name }) => `begin the name with “${name}”`,
  ),
  'reference-versions-differ': warning<{ text: string; other: string; place: string }>(
    ({ text, other, place }) =>
      `“${text}” is another version of the image that ${place} binds, “${other}”: both are pulled, and an update of one leaves the other`,
    () => 'write the same version in both places, unless both are meant',
  ),
};

import { error, warning } from '../rule.js';

/** A reference as written, its repository, and the name under which podman stores it. */
export interface Named {
  readonly text: string;
  readonly name: string;
  readonly stored: string;
  /** bootc pulls it, and later looks for it by the name as written. */
  readonly isBootcs: boolean;
  /** Whether no tag may stand before a digest. */
  readonly isTagless: boolean;
}

function pinned({ name, stored, isTagless }: Named): string {
  // As in podman, a part with a dot or a port is a registry. Without one there is another finding that asks for it.
  const hasRegistry = /^(?:[^/]*[.:][^/]*|localhost)\//.test(name);
  return `write “${hasRegistry ? '' : 'registry/'}${isTagless ? name : stored}@sha256:…” with the digest of the image that was tested`;
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
  'reference-short': warning<{ text: string; full?: string }>(
    ({ text }) => `“${text}” names no registry: which image it is depends on the registries.conf of the host`,
    ({ text, full }) =>
      full === undefined
        ? `name the registry, for example docker.io/${text.includes('/') ? '' : 'library/'}${text}`
        : `write “${full}”, which is what registries.conf of this root makes of it`,
  ),
  'reference-localhost': error<{ text: string }>(
    ({ text }) =>
      `“${text}” is the name of an image that was built on one machine: no registry has it, so no host can pull it`,
    () => 'push the image to a registry, and write its name there',
  ),
  'reference-untagged': warning<Named>(
    ({ text, stored, isBootcs }) =>
      isBootcs
        ? `“${text}” has neither tag nor digest, so it is whatever was pushed last; podman stores it as “${stored}”, bootc does not find it under its name here, and removes it again`
        : `“${text}” has neither tag nor digest: it is whatever was last pushed as “latest”, and may be another image on every host`,
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
    ({ text, stored }) =>
      `podman ignores the tag in “${text}” and stores the image as “${stored}”; bootc looks for the whole name, does not find it, and removes the image again`,
    ({ stored }) => `write “${stored}”, and the tag in a comment`,
  ),
  'reference-renamed': warning<Named>(
    ({ text, stored }) =>
      `podman stores “${text}” as “${stored}”; bootc looks for the name as it is written here, does not find it, and removes the image again`,
    ({ name }) => `begin the name with “${name}”`,
  ),
  'reference-versions-differ': warning<{ text: string; other: string; place: string }>(
    ({ text, other, place }) =>
      `“${text}” is another version of the image that ${place} binds, “${other}”: both are pulled, and an update of one leaves the other`,
    () => 'write the same version in both places, unless both are meant',
  ),
};

import { didYouMean } from '../did-you-mean.js';
import { error, warning } from '../rule.js';

/** What is wrong with registries.conf. */
export const registriesConf = {
  'registries-conf-invalid': error<{ problem: string; hint: string | null }>(
    ({ problem }) => `podman refuses every pull because of this file: ${problem}`,
    ({ hint }) => hint,
  ),
  'registries-conf-version-1': warning<object>(
    () => 'this file is in the old version 1 format: podman 6 refuses every pull because of it',
    () =>
      'write unqualified-search-registries = […] and [[registry]] tables, see containers-registries.conf(5)',
  ),
  'registries-conf-unknown-key': warning<{ key: string; known: readonly string[] }>(
    ({ key }) => `podman ignores “${key}”: there is no such key here`,
    ({ key, known }) => didYouMean(key, known) ?? `known here: ${known.join(', ')}`,
  ),
  'registries-conf-helper-missing': error<{ program: string; reference: string }>(
    ({ program, reference }) =>
      `podman asks ${program} for credentials, and this root has no such program: the pull of “${reference}” fails, and so does each pull without other credentials`,
    ({ program }) =>
      `install the package that has ${program} in /usr/bin, or take it out of “credential-helpers”`,
  ),
  'registry-blocked': error<{ reference: string; path: string; line: number }>(
    ({ reference, path, line }) =>
      `${path} blocks “${reference}” in line ${line}, so podman refuses to pull it`,
    ({ path }) => `bind the image from another registry, or remove “blocked” from ${path}`,
  ),
  'registry-insecure': warning<{ location: string; reference: string }>(
    ({ location, reference }) =>
      `“${reference}” is pulled from ${location} without verifying that registry: others on the network can read the login, and can send another image for a tag`,
    ({ location }) => `remove “insecure”, and ship the certificate under /etc/containers/certs.d/${location}`,
  ),
  'mirrors-unused': warning<{
    reference: string;
    prefix: string;
    kind: 'tag' | 'digest';
    path: string;
    line: number;
  }>(
    ({ reference, prefix, kind, path, line }) =>
      `no mirror of ${prefix} is asked for “${reference}”: ${path} sets none up for a ${kind} (line ${line})`,
    ({ kind }) =>
      kind === 'tag'
        ? 'bind the image by its digest, or set pull-from-mirror = "all" where the mirror has the same tags'
        : 'set pull-from-mirror = "all" for a mirror that has the image',
  ),
  'short-name-unresolved': error<{ text: string; problem: string }>(
    ({ text, problem }) => `podman cannot find out which image “${text}” is: ${problem}`,
    ({ text }) => `name the registry, for example docker.io/${text.includes('/') ? '' : 'library/'}${text}`,
  ),
};

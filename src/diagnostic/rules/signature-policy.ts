import { error, warning } from '../rule.js';

/** What is wrong with policy.json and registries.d. */
export const signaturePolicy = {
  'policy-missing': error<object>(
    () => 'there is no policy.json in this root, and without one podman refuses every pull',
    () =>
      'install the package that has it (containers-common), or write one as containers-policy.json(5) says',
  ),
  'policy-invalid': error<{ problem: string; hint: string | null }>(
    ({ problem }) => `podman refuses every pull because of this policy: ${problem}`,
    ({ hint }) => hint,
  ),
  'policy-rejects': error<{ reference: string; path: string; line: number }>(
    ({ reference, path, line }) =>
      `${path} rejects “${reference}” in line ${line}, so podman refuses to pull it`,
    ({ path }) => `allow its repository under “transports” in ${path}, or bind another image`,
  ),
  'policy-key-missing': error<{
    reference: string;
    key: string;
    problem: string;
    shippedAs: string | null;
  }>(
    ({ reference, key, problem }) =>
      `podman refuses “${reference}”, because it cannot read the key ${key} that the image must be signed with: ${problem}`,
    ({ shippedAs }) =>
      shippedAs === null
        ? 'write the output of base64 --wrap=0 FILE, of a file with such a key'
        : `ship ${shippedAs} in the root, or correct the path`,
  ),
  'policy-signatures-unread': error<{ reference: string; scope: string }>(
    ({ reference }) =>
      `podman refuses “${reference}”, because it needs a sigstore signature and nothing in registries.d tells podman to fetch one`,
    ({ scope }) =>
      `write “use-sigstore-attachments: true” for ${scope} under “docker:” in /etc/containers/registries.d`,
  ),
  'policy-lookaside-missing': warning<{ reference: string; problem: string }>(
    ({ reference, problem }) =>
      `podman refuses “${reference}” unless its registry serves signatures by itself: it finds none elsewhere, as ${problem}`,
    () => 'write “lookaside: URL” for it under “docker:” in /etc/containers/registries.d',
  ),
  'policy-never-met': error<{ reference: string; problem: string }>(
    ({ reference, problem }) => `podman refuses “${reference}”, whatever signatures it has: ${problem}`,
    () => 'demand sigstoreSigned, or signedBy with “GPGKeys”, for images in registries',
  ),
  'registries-d-invalid': error<{ problem: string; hint: string | null }>(
    ({ problem }) => `podman refuses every pull because of this file: ${problem}`,
    ({ hint }) => hint,
  ),
};

import { error, warning } from '../rule.js';

/** What is wrong with a reference. */
export const references = {
  'reference-invalid': error<{ text: string; problem: string; instead: string | null }>(
    ({ text, problem }) => `“${text}” is not an image reference: ${problem}`,
    ({ instead }) => instead ?? 'write registry/name:tag or registry/name@sha256:…',
  ),
  'reference-short': warning<{ text: string }>(
    ({ text }) => `“${text}” names no registry: which image it is depends on the registries.conf of the host`,
    ({ text }) => `name the registry, for example docker.io/library/${text}`,
  ),
};

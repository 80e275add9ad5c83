import { scopesOf } from '../../model/reference/scopes.js';
import type { Policy } from './policy.js';
import type { Requirement } from './requirement.js';

/**
 * What an image has to meet: that of the most specific scope, else that of the transport, else that for all.
 * `name` is in full, with one tag or one digest, and empty for an image that is in a file.
 */
export function requirementsFor(policy: Policy, transport: string, name: string): readonly Requirement[] {
  const scopes = policy.transports.get(transport);
  if (scopes === undefined) return policy.default;
  // The path of an image in a file is another one when it is pulled, so which scope it has is unknown.
  if (name === '' && [...scopes.keys()].some((scope) => scope !== '')) return [];
  const candidates = name === '' ? [''] : [...scopesOf(name), ''];
  const scope = candidates.find((candidate) => scopes.has(candidate));
  return (scope === undefined ? undefined : scopes.get(scope)) ?? policy.default;
}

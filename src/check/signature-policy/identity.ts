import { isImagePrefix } from '../../model/reference/image-name.js';
import { parseRegistryReference } from '../../model/reference/registry-reference.js';
import { type JsonMember, memberOf } from '../../text/json-tree.js';
import { type Report, strictMembers, textOf } from './strict-object.js';

/** The keys of each kind of identity, all of them needed (containers-policy.json(5), “signedIdentity”). */
const identityKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ['matchExact', []],
  ['matchRepoDigestOrExact', []],
  ['matchRepository', []],
  ['exactReference', ['dockerReference']],
  ['exactRepository', ['dockerRepository']],
  ['remapIdentity', ['prefix', 'signedPrefix']],
]);

/** Reports what is wrong with the identity that a signature has to name. */
export function checkIdentity(identity: JsonMember, report: Report): void {
  const typeMember = memberOf(identity.value, 'type');
  const type = textOf(typeMember, report);
  if (type === undefined) return;
  const needed = identityKeys.get(type);
  if (needed === undefined) {
    const known = [...identityKeys.keys()].join(', ');
    const problem =
      type === '' ? `“${identity.name}” has no “type”` : `there is no identity of type “${type}”`;
    report(problem, typeMember?.value ?? identity.value, `known: ${known}`);
    return;
  }
  const members = strictMembers(identity.value, `“${identity.name}”`, ['type', ...needed], report);
  for (const key of needed) {
    const member = members.get(key);
    const text = textOf(member, report);
    if (member === undefined)
      report(`an identity of type ${type} needs “${key}”`, identity.value, `add "${key}"`);
    else if (text !== undefined && !isValid(key, text)) {
      report(`“${text}” is not a ${key}`, member.value, hints[key] ?? null);
    }
  }
}

const hints: Readonly<Record<string, string>> = {
  dockerReference: 'write registry/name:tag or registry/name@sha256:…',
  dockerRepository: 'write registry/name',
  prefix: 'write a registry, or registry/name without a tag',
  signedPrefix: 'write a registry, or registry/name without a tag',
};

function isValid(key: string, text: string): boolean {
  if (key === 'prefix' || key === 'signedPrefix') return isImagePrefix(text);
  const reference = parseRegistryReference(text, 0);
  if ('code' in reference) return false;
  return key === 'dockerRepository' || reference.tag !== null || reference.digest !== null;
}

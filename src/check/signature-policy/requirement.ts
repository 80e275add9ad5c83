import { type JsonMember, type JsonNode, memberOf } from '../../text/json-tree.js';
import { checkIdentity } from './identity.js';
import { exactlyOne, type Key, type KeySource, keySources } from './key-sources.js';
import { readSigstoreSigned, rekorKeys, sigstoreKeys } from './sigstore.js';
import { type Report, strictMembers, textOf } from './strict-object.js';

/** One of the requirements that an image has to meet. */
export interface Requirement {
  readonly type: RequirementType;
  /** Why no image ever meets it: podman takes it and has no code for it. */
  readonly unsupported: string | undefined;
  /** What podman judges an image with. */
  readonly keys: readonly Key[];
  readonly offset: number;
}

type RequirementType = (typeof requirementTypes)[number];
type Members = ReadonlyMap<string, JsonMember>;

const requirementTypes = [
  'insecureAcceptAnything',
  'reject',
  'signedBy',
  'signedBaseLayer',
  'sigstoreSigned',
] as const;

const gpgKeys = ['keyPath', 'keyPaths', 'keyData'];
const keyTypes = ['GPGKeys', 'signedByGPGKeys', 'X509Certificates', 'signedByX509CAs'];

const knownKeys: Readonly<Record<RequirementType, readonly string[]>> = {
  insecureAcceptAnything: ['type'],
  reject: ['type'],
  signedBy: ['type', 'keyType', ...gpgKeys, 'signedIdentity'],
  signedBaseLayer: ['type', 'baseLayerIdentity'],
  sigstoreSigned: ['type', ...sigstoreKeys, 'fulcio', ...rekorKeys, 'pki', 'signedIdentity'],
};

/**
 * Reads a requirement; undefined for one that podman refuses. What is wrong is reported.
 * Source: containers-policy.json(5), and policy_config.go and policy_config_sigstore.go in go.podman.io/image
 * signature.
 */
export function readRequirement(node: JsonNode, report: Report): Requirement | undefined {
  const type = typeOf(node, report);
  if (type === undefined) return undefined;
  const members = strictMembers(node, 'a requirement', knownKeys[type], report);
  const sources = readSources(type, members, node, report);
  const unsupported = unsupportedPart(type, members);
  return { type, unsupported, keys: sources.flatMap(({ keys }) => keys), offset: node.offset };
}

/** Source: isRunningImageAllowed in policy_eval_baselayer.go, isSignatureAuthorAccepted in policy_eval_signedby.go. */
function unsupportedPart(type: RequirementType, members: Members): string | undefined {
  if (type === 'signedBaseLayer') return '“signedBaseLayer”';
  const keyType = type === 'signedBy' ? members.get('keyType')?.value : undefined;
  return keyType?.kind === 'string' && keyType.value !== 'GPGKeys'
    ? `“keyType”: “${keyType.value}”`
    : undefined;
}

function typeOf(node: JsonNode, report: Report): RequirementType | undefined {
  if (node.kind !== 'object') {
    report('a requirement must be an object, written { … }', node);
    return undefined;
  }
  const member = memberOf(node, 'type');
  const text = textOf(member, report);
  const type = requirementTypes.find((known) => known === text);
  if (type !== undefined) return type;
  const known = `known: ${requirementTypes.join(', ')}`;
  if (member === undefined) report('this requirement has no “type”', node, known);
  else if (text !== undefined) report(`there is no requirement of type “${text}”`, member.value, known);
  return undefined;
}

function readSources(
  type: RequirementType,
  members: Members,
  node: JsonNode,
  report: Report,
): readonly KeySource[] {
  const identity = members.get(type === 'signedBaseLayer' ? 'baseLayerIdentity' : 'signedIdentity');
  if (identity !== undefined && type !== 'reject' && type !== 'insecureAcceptAnything') {
    checkIdentity(identity, report);
  }
  switch (type) {
    case 'signedBy':
      return readSignedBy(members, node, report);
    case 'sigstoreSigned':
      return readSigstoreSigned(members, node, report);
    case 'signedBaseLayer':
      if (identity === undefined) report('“baseLayerIdentity” is missing', node);
      return [];
    default:
      return [];
  }
}

function readSignedBy(members: Members, node: JsonNode, report: Report): readonly KeySource[] {
  const keyType = members.get('keyType');
  const text = textOf(keyType, report);
  if (keyType === undefined) report('“keyType” is missing', node, 'add "keyType": "GPGKeys"');
  else if (text !== undefined && !keyTypes.includes(text)) {
    report(`there is no keyType “${text}”`, keyType.value, 'write GPGKeys');
  }
  const sources = keySources(members, gpgKeys, 'openpgp', report);
  const named = gpgKeys.filter((name) => members.has(name));
  if (sources.length !== 1 || named.length !== 1) report(exactlyOne(gpgKeys), node);
  return sources;
}

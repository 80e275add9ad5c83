import type { JsonMember, JsonNode } from '../../text/json-tree.js';
import { exactlyOne, type KeySource, keySources } from './key-sources.js';
import { type Report, strictMembers, textOf } from './strict-object.js';

export const sigstoreKeys = ['keyPath', 'keyPaths', 'keyData', 'keyDatas'];
export const rekorKeys = [
  'rekorPublicKeyPath',
  'rekorPublicKeyPaths',
  'rekorPublicKeyData',
  'rekorPublicKeyDatas',
];

/**
 * The keys of a `sigstoreSigned` requirement; what is wrong is reported.
 * Source: policy_config_sigstore.go in go.podman.io/image signature.
 */
export function readSigstoreSigned(
  members: ReadonlyMap<string, JsonMember>,
  node: JsonNode,
  report: Report,
): readonly KeySource[] {
  const keys = keySources(members, sigstoreKeys, 'public-key', report);
  const rekor = keySources(members, rekorKeys, 'public-key', report);
  const fulcio = members.get('fulcio');
  const pki = members.get('pki');
  const authorities = [fulcio, pki].filter((member) => member !== undefined);
  if (keys.length + authorities.length !== 1) report(exactlyOne([...sigstoreKeys, 'fulcio', 'pki']), node);
  if (rekor.length > 1) report(`at most one of ${rekorKeys.join(', ')} may be given`, node);
  if (fulcio !== undefined && rekor.length === 0) {
    report('“fulcio” needs the key of Rekor as well', fulcio, 'add "rekorPublicKeyPath"');
  }
  if (pki !== undefined && rekor.length > 0) report('“pki” goes without keys of Rekor', pki);
  for (const { member } of [...keys, ...rekor]) {
    if (member.value.kind === 'array' && member.value.items.length === 0) {
      report(`“${member.name}” is empty`, member.value);
    }
  }
  return [
    ...keys,
    ...rekor,
    ...(fulcio === undefined ? [] : readFulcio(fulcio, report)),
    ...(pki === undefined ? [] : readPki(pki, report)),
  ];
}

function readFulcio(fulcio: JsonMember, report: Report): readonly KeySource[] {
  const known = ['caPath', 'caData', 'oidcIssuer', 'subjectEmail'];
  const members = strictMembers(fulcio.value, '“fulcio”', known, report);
  if (fulcio.value.kind !== 'object') return [];
  const authorities = keySources(members, ['caPath', 'caData'], 'certificate', report);
  if (authorities.length !== 1) report(exactlyOne(['caPath', 'caData']), fulcio.value);
  for (const name of ['oidcIssuer', 'subjectEmail']) {
    if (textOf(members.get(name), report) === '') report(`“fulcio” needs “${name}”`, fulcio.value);
  }
  return authorities;
}

function readPki(pki: JsonMember, report: Report): readonly KeySource[] {
  const roots = ['caRootsPath', 'caRootsData'];
  const intermediates = ['caIntermediatesPath', 'caIntermediatesData'];
  const subjects = ['subjectEmail', 'subjectHostname'];
  const members = strictMembers(pki.value, '“pki”', [...roots, ...intermediates, ...subjects], report);
  if (pki.value.kind !== 'object') return [];
  const rootSources = keySources(members, roots, 'certificate', report);
  if (rootSources.length !== 1) report(exactlyOne(roots), pki.value);
  const between = keySources(members, intermediates, 'certificate', report);
  if (between.length > 1) report(`at most one of ${intermediates.join(', ')} may be given`, pki.value);
  const named = subjects.filter((name) => textOf(members.get(name), report) !== '');
  if (named.length === 0) report(`“pki” needs ${subjects.join(' or ')}`, pki.value);
  return [...rootSources, ...between];
}

import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { inFile, nowhere, type Place } from '../diagnostic/place.js';
import { rootPath } from '../model/path.js';
import { repositoryOf } from '../model/reference/image-name.js';
import type { Reference } from '../model/reference/reference.js';
import { readRegistriesConf } from '../registries/conf/registries-conf.js';
import type { RegistriesConf } from '../registries/conf/registries-file.js';
import { pullSources } from '../registries/conf/registry.js';
import { fullNames } from '../registries/conf/short-name.js';
import { mainFile } from '../root/configuration-files.js';
import { describeProblem, isOfUnknownHost } from '../root/problem.js';
import type { RootView } from '../root/root-view.js';
import { findLineStarts, positionAt } from '../text/position.js';
import type { KeyForm } from './signature-policy/key-sources.js';
import { type Policy, parsePolicy } from './signature-policy/policy.js';
import { type Lookaside, type RegistriesD, readRegistriesD } from './signature-policy/registries-d.js';
import type { Requirement } from './signature-policy/requirement.js';
import { requirementsFor } from './signature-policy/scopes.js';
import type { Subject } from './subject.js';
import { isWholeRoot } from './whole-root.js';

/** The new root’s policy.json and registries.d (containers-policy.json(5)): what podman refuses there, and bound images that it refuses because of it. */
export function checkSignaturePolicy({ roots: { newRoot }, images }: Subject): readonly Diagnostic[] {
  const registriesD = readRegistriesD(newRoot);
  const file = mainFile(newRoot, 'policy.json');
  if (file === undefined) {
    const isMissed = images.length > 0 && isWholeRoot(newRoot);
    const missing = isMissed ? [diagnose('policy-missing', inFile('/etc/containers/policy.json'), {})] : [];
    return [...registriesD.diagnostics, ...missing];
  }
  if (!file.ok) {
    const args = { problem: file.problem, hint: null };
    return [...registriesD.diagnostics, diagnose('policy-invalid', inFile(file.path), args)];
  }
  const text = file.bytes.toString('utf8');
  const lineStarts = findLineStarts(text);
  const placeAt = (offset: number): Place => ({ ...inFile(file.path), ...positionAt(lineStarts, offset) });
  const { policy, problems } = parsePolicy(text);
  const diagnostics = [
    ...registriesD.diagnostics,
    ...problems.map(({ offset, ...args }) => diagnose('policy-invalid', placeAt(offset), args)),
  ];
  if (policy === undefined || problems.length > 0) return diagnostics;

  const conf = readRegistriesConf(newRoot);
  const context: Context = { policy, root: newRoot, conf, registriesD, placeAt, reported: new Set() };
  return [
    ...diagnostics,
    ...images.flatMap(({ image }) => judge(image.reference, image.sources[0] ?? nowhere, context)),
  ];
}

interface Context {
  readonly policy: Policy;
  readonly root: RootView;
  readonly conf: RegistriesConf;
  readonly registriesD: RegistriesD;
  readonly placeAt: (offset: number) => Place;
  /** The offsets of which something was said: what is wrong with a key is so for all images. */
  readonly reported: Set<number>;
}

/** Why podman refuses a bound image, as far as files tell. */
function judge(reference: Reference, source: Place, context: Context): readonly Diagnostic[] {
  const names = namesOf(reference, context.conf);
  const required = names.map((name) => requirementsFor(context.policy, reference.transport, name));
  const rejecting = required.map((requirements) => requirements.find(({ type }) => type === 'reject'));
  const [rejection] = rejecting;
  if (rejection !== undefined && !rejecting.includes(undefined)) {
    const { file, line } = context.placeAt(rejection.offset);
    const args = { reference: reference.text, path: file ?? '', line: line ?? 0 };
    return [diagnose('policy-rejects', source, args)];
  }
  // The keys, and what is in registries.d, may be in the image below.
  if (!isWholeRoot(context.root)) return [];
  return names.flatMap((name, index) =>
    (required[index] ?? []).flatMap((requirement) => {
      const never = neverMet(requirement, reference, context);
      if (never.length > 0) return never;
      return [
        ...missingKeys(requirement, reference.text, context),
        ...(reference.transport === 'docker'
          ? unreadSignatures(requirement, name, reference.text, context)
          : []),
      ];
    }),
  );
}

/** Transports whose images podman reads without any signature. Source: GetSignatures in go.podman.io/image. */
const unsignedTransports: readonly string[] = ['docker-archive', 'oci-archive', 'oci'];

/** A requirement that podman knows and no image meets. */
function neverMet(
  { type, unsupported, offset }: Requirement,
  { transport, text: reference }: Reference,
  { placeAt, reported }: Context,
): readonly Diagnostic[] {
  const isUnsigned =
    unsignedTransports.includes(transport) && (type === 'signedBy' || type === 'sigstoreSigned');
  if (unsupported === undefined && !isUnsigned) return [];
  if (reported.has(offset)) return [];
  reported.add(offset);
  const problem =
    unsupported === undefined
      ? `it wants a signature, and an image in ${transport}: has none`
      : `podman has no code to check ${unsupported}`;
  return [diagnose('policy-never-met', placeAt(offset), { reference, problem })];
}

/** The names in full that policy.json may have scopes for; '' for an image that is in a file. */
function namesOf(reference: Reference, conf: RegistriesConf): readonly string[] {
  if (reference.transport !== 'docker') return [''];
  const full = fullNames(reference, conf);
  return full.ok ? full.names : [];
}

function missingKeys(
  requirement: Requirement,
  reference: string,
  { root, placeAt, reported }: Context,
): readonly Diagnostic[] {
  return requirement.keys.flatMap(({ from, form, offset }) => {
    if (reported.has(offset)) return [];
    reported.add(offset);
    const none = `it holds no ${keyForms[form]}`;
    if (from.kind === 'data') {
      if (isKey(from.bytes, form)) return [];
      const args = { reference, key: `in “${from.name}”`, problem: none, shippedAs: null };
      return [diagnose('policy-key-missing', placeAt(offset), args)];
    }
    const { path } = from;
    const file = root.readFile(rootPath(path), { limitBytes: keyLimitBytes });
    if (file.ok && isKey(file.bytes, form)) return [];
    if (!file.ok && isOfUnknownHost(root, file.problem))
      return [diagnose('host-path-unknown', placeAt(offset), { what: 'key', path })];
    const problem = file.ok ? none : describeProblem(file.problem);
    return [
      diagnose('policy-key-missing', placeAt(offset), { reference, key: path, problem, shippedAs: path }),
    ];
  });
}

/** Many times a keyring of a distribution. */
const keyLimitBytes = 4 * 1024 * 1024;

const keyForms: Readonly<Record<KeyForm, string>> = {
  openpgp: 'OpenPGP key',
  'public-key': 'public key in PEM',
  certificate: 'certificate in PEM',
};

/** Sources: UnmarshalPEMToPublicKey and its like in sigstore's cryptoutils; RFC 9580, 4.2 and 6.2, on OpenPGP. */
function isKey(bytes: Buffer, form: KeyForm): boolean {
  const text = bytes.toString('latin1');
  if (form === 'certificate') return text.includes('-----BEGIN CERTIFICATE-----');
  if (form === 'public-key') return /-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(text);
  return (bytes[0] ?? 0) >= 0x80 || /-----BEGIN PGP (?:PUBLIC|PRIVATE) KEY BLOCK-----/.test(text);
}

/** Sigstore signatures lie beside the image, wherever podman takes it from; simple ones where registries.d says. */
function unreadSignatures(
  { type, offset }: Requirement,
  name: string,
  reference: string,
  { root, conf, registriesD, placeAt, reported }: Context,
): readonly Diagnostic[] {
  if ((type !== 'sigstoreSigned' && type !== 'signedBy') || reported.has(offset)) return [];
  const sources = pullSources(conf.registries, name);
  if (type === 'signedBy') {
    const places = sources.map((source) => lookasidePlace(root, registriesD.lookaside(source.name)));
    if (places.some(({ kind }) => kind === 'there')) return [];
    const place = places.find(({ kind }) => kind === 'unknown') ?? places.at(-1);
    if (place === undefined || place.kind === 'there') return [];
    reported.add(offset);
    return place.kind === 'unknown'
      ? [diagnose('host-path-unknown', placeAt(offset), { what: 'lookaside', path: place.path })]
      : [diagnose('policy-lookaside-missing', placeAt(offset), { reference, problem: place.problem })];
  }
  if (sources.some((source) => registriesD.fetchesSigstore(source.name))) return [];
  reported.add(offset);
  const scope = repositoryOf(sources.at(-1)?.name ?? name);
  return [diagnose('policy-signatures-unread', placeAt(offset), { reference, scope })];
}

/** Where root's podman looks for simple signatures by default (docker/registries_d.go in go.podman.io/image). */
const defaultLookaside = '/var/lib/containers/sigstore';

/** Whether podman may find simple signatures somewhere. */
type LookasidePlace =
  | { readonly kind: 'there' }
  | { readonly kind: 'unknown'; readonly path: string }
  | { readonly kind: 'missing'; readonly problem: string };

function lookasidePlace(root: RootView, lookaside: Lookaside | undefined): LookasidePlace {
  if (lookaside === undefined) {
    if (root.resolve(rootPath(defaultLookaside)).kind === 'directory') return { kind: 'there' };
    // Nobody has written it down, so it is not left to the host.
    const problem = `nothing in registries.d says where they are, and by default they are in ${defaultLookaside} of the host`;
    return { kind: 'missing', problem };
  }
  const { url, place } = lookaside;
  const [, scheme, path = ''] = /^(?:([A-Za-z][A-Za-z\d+.-]*):)?(?:\/\/[^/]*)?(.*)$/s.exec(url) ?? [];
  const at = `${place.file}, line ${place.line}`;
  const kind = scheme?.toLowerCase();
  if (kind === 'http' || kind === 'https') return { kind: 'there' };
  if (kind !== 'file')
    return { kind: 'missing', problem: `“${url}” is not an http, https or file URL (${at})` };
  const found = root.resolve(rootPath(path));
  if (found.kind === 'directory') return { kind: 'there' };
  if (isOfUnknownHost(root, found)) return { kind: 'unknown', path };
  return { kind: 'missing', problem: `${path} is not there (${at})` };
}

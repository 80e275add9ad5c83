import { formatPlace } from '../diagnostic/place.js';
import { noPullOptions } from '../model/bound-image.js';
import type { Failure } from '../model/failure.js';
import { repositoryOf } from '../model/reference/image-name.js';
import type { RegistryReference } from '../model/reference/reference.js';
import { canonicalName, repositoryName } from '../model/reference/reference.js';
import { parseRegistryReference } from '../model/reference/registry-reference.js';
import type { Credentials, NoCredentials, RegistrySource } from '../model/registry-source.js';
import type { AuthCandidate, CertificateFile, ResolvedImage } from '../model/resolved-image.js';
import { helperProgram } from '../resolve/auth-file.js';
import { withoutPartner } from '../resolve/certificates.js';
import type { Roots } from '../root/open-roots.js';
import { memoized } from '../text/memoized.js';
import { authFilesBehind, type OwnAuthFile, ownAuthFilesInOrder } from '../tools/podman/own-auth-files.js';
import { findProgram } from '../tools/process/find-program.js';
import { type CaBundle, caBundle } from './ca-bundle.js';
import { certificatesOfAll, certificatesOfHost, type FoundCertificates } from './certs-d.js';
import { aliasCache } from './conf/alias-cache.js';
import { readRegistriesConfOf } from './conf/registries-conf.js';
import type { RegistriesConf } from './conf/registries-file.js';
import { findRegistry, pullSources } from './conf/registry.js';
import { isNamedAuthFileAlone, newestKnown } from './conf/rules.js';
import { fullNames } from './conf/short-name.js';
import { confRoots } from './conf-roots.js';
import { credentialHelpers } from './credential-helper.js';
import { authFileOf, findCredentials, ownAuthFile, type ReadAuthFile } from './credentials.js';

/** How the registries of bound images are reached, as podman of this host will with the configuration that counts. */
export interface RegistryAccess {
  /** The names in full that podman tries for an image, each with the places where it asks for that name. */
  sources(image: ResolvedImage, candidate: AuthCandidate): Sources;
  /**
   * Where to ask which tags there are; `reference` of a source is empty. First, with what a pull is told, at the registry
   * of the name, as podman does: at no mirror, which may not have them all, and at no other location. Then as podman
   * does it to the letter, with nothing of what a pull is told of credentials, certificates and `tls-verify`; then
   * wherever the images are asked for, the last of these places first.
   * Source: copyFromRegistry in go.podman.io/common/libimage/pull.go, GetRepositoryTags in go.podman.io/image docker.
   */
  tagSources(image: ResolvedImage, candidate: AuthCandidate): TagSources;
  /** The authorities that are trusted, as PEM text; `undefined` where there are none. */
  readonly ca: () => string | undefined;
  /** The same where podman does not find them by itself. */
  readonly foreignCa: () => string | undefined;
  readonly configuration: RegistriesConf;
  /** What certs.d has, by `host[:port]`. */
  readonly certificates: () => ReadonlyMap<string, FoundCertificates>;
  /** The configuration is the one that podman finds by itself. The authorities may be others all the same. */
  readonly isOfHost: boolean;
}

export type Sources =
  | { readonly ok: true; readonly names: readonly NamedSources[] }
  | { readonly ok: false; readonly failure: Failure };

/** A name in full with a tag or digest: `registry/repository:tag`. */
export interface NamedSources {
  readonly name: string;
  readonly sources: readonly RegistrySource[];
  /** What podman does not ask. */
  readonly leftOut: readonly LeftOut[];
}

export interface LeftOut {
  /** What would be asked for there, in full. */
  readonly name: string;
  readonly failure: Failure;
}

export type TagSources =
  | { readonly ok: true; readonly sources: readonly RegistrySource[] }
  | { readonly ok: false; readonly failure: Failure };

export interface AccessOptions {
  /** Of the podman that will pull, `N.N.N`. */
  readonly version: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Of the user who pulls. */
  readonly uid: number;
  /** As given; `null` where no system is updated. */
  readonly currentRootPath: string | null;
  /** Ends credential helpers. */
  readonly signal?: AbortSignal | undefined;
}

/** Reads the configuration that counts; certificates, auth files and helpers when they are needed. */
export function registryAccess(
  { newRoot }: Pick<Roots, 'newRoot'>,
  { version = newestKnown, env, uid, currentRootPath, signal }: AccessOptions,
): RegistryAccess {
  const roots = confRoots(newRoot, { env, uid, currentRootPath });
  const configuration = readRegistriesConfOf(roots, version);
  const refused = configuration.diagnostics.find(({ severity }) => severity === 'error');
  const cached = aliasCache(roots);
  const askHelper = credentialHelpers(env, signal);
  const certificates = memoized((host: string) => certificatesOfHost(roots, version, host));
  const isNamedAlone = isNamedAuthFileAlone(version);
  const legacyFile = memoized((path: string) => ownAuthFile({ path, isLegacy: true }));
  const authFile = memoized((path: string) => ownAuthFile({ path, isLegacy: false }));
  const readAll = (files: readonly OwnAuthFile[]) =>
    files.map(({ path, isLegacy }) => (isLegacy ? legacyFile(path) : authFile(path)));
  const ownFiles = (isForTags: boolean) =>
    readAll(ownAuthFilesInOrder(env, uid, { isForTags, isNamedAlone }));
  let bundle: { readonly value: CaBundle | undefined } | undefined;
  const ca = () => {
    bundle ??= { value: caBundle(newRoot, roots.host, env) };
    return bundle.value;
  };
  const hasProgram = (program: string) => findProgram(program, env.PATH) !== undefined;
  const helpers = roots.isOfHost
    ? configuration.credentialHelpers
    : usableHelpers(configuration.credentialHelpers, hasProgram);

  function source(
    name: string,
    isInsecure: boolean,
    given: readonly CertificateFile[] | undefined,
    files: readonly ReadAuthFile[],
  ): RegistrySource | Failure {
    const repository = repositoryOf(name);
    const slash = repository.indexOf('/');
    const registry = repository.slice(0, slash);
    const found = given === undefined ? certificates(registry) : checked(given);
    if (!found.ok) return failure('tls', `the certificates for ${registry} cannot be used: ${found.problem}`);
    let asked: Promise<Credentials | NoCredentials> | undefined;
    return {
      registry,
      repository: repository.slice(slash + 1),
      reference: name.slice(repository.length + 1),
      isInsecure,
      certificates: found.files,
      credentials: () => {
        asked ??= findCredentials(repository, helpers, files, askHelper);
        return asked;
      },
    };
  }

  function named(name: string, image: ResolvedImage, files: readonly ReadAuthFile[]): NamedSources {
    const { tlsVerify } = image.image.options;
    const found = pullSources(configuration.registries, name);
    const invalid = found.find((each) => !isFullName(each.name));
    if (invalid !== undefined) {
      const problem = `registries.conf makes “${invalid.name}” of ${name}, which is not the name of an image`;
      return { name, sources: [], leftOut: [{ name: invalid.name, failure: failure('reference', problem) }] };
    }
    const sources: RegistrySource[] = [];
    const leftOut: LeftOut[] = [];
    for (const { name: at, insecure, blocked } of found) {
      const isInsecure = tlsVerify === undefined ? insecure !== undefined : !tlsVerify.value;
      const place =
        blocked === undefined ? source(at, isInsecure, image.certificates, files) : blockedBy(at, blocked);
      if ('code' in place) leftOut.push({ name: at, failure: place });
      else sources.push(place);
    }
    return { name, sources, leftOut };
  }

  function blockedBy(name: string, place: Parameters<typeof formatPlace>[0]): Failure {
    const { prefix } = findRegistry(configuration.registries, name) ?? { prefix: name };
    return failure('blocked', `registry ${prefix} is blocked in ${formatPlace(place)}`);
  }

  function invalidConfiguration(): Failure | undefined {
    if (refused === undefined) return undefined;
    const problem = refused.message.replace(/^podman refuses every pull because of this file: /, '');
    return {
      ...failure('blocked', `loading registries configuration ${formatPlace(refused)}: ${problem}`),
      hint: refused.hint,
    };
  }

  /** The auth files that podman reads for a candidate, in their order. */
  function filesFor(reference: RegistryReference, candidate: AuthCandidate): readonly ReadAuthFile[] {
    const given = givenFile(reference, candidate, hasProgram);
    const behind = isNamedAlone ? [] : readAll(authFilesBehind(env));
    return given === undefined ? ownFiles(false) : [given, ...behind];
  }

  /** The registry of a name itself. */
  function registryItself(
    name: string,
    { image, certificates }: Pick<ResolvedImage, 'image' | 'certificates'>,
    files: readonly ReadAuthFile[],
  ): RegistrySource | Failure {
    const own = findRegistry(configuration.registries, name);
    if (own?.blocked !== undefined) return blockedBy(name, own.blocked);
    const { tlsVerify } = image.options;
    const isInsecure = tlsVerify === undefined ? own?.insecure !== undefined : !tlsVerify.value;
    return source(name, isInsecure, certificates, files);
  }

  function sources(image: ResolvedImage, candidate: AuthCandidate): Sources {
    const reference = registryReference(image);
    const problem = invalidConfiguration() ?? (reference.isShort ? cached.failure : undefined);
    if (problem !== undefined) return { ok: false, failure: problem };
    const aliases = new Map([...configuration.aliases, ...cached.aliases]);
    const full = fullNames(reference, { ...configuration, aliases });
    if (!full.ok) {
      const message = `short-name "${reference.text}" did not resolve: ${full.problem}`;
      // An alias may be in the image that a tree of a few files will be a part of.
      const isPartial = roots.isOfHost && newRoot.hostPath !== roots.host.hostPath;
      return { ok: false, failure: failure(isPartial ? 'unsupported' : 'reference', message) };
    }
    const files = filesFor(reference, candidate);
    const names = full.names.map((name) => named(name, image, files));
    if (names.some(({ sources }) => sources.length > 0)) return { ok: true, names };
    // As where nobody has it: of the places of a name, the registry itself has the last word.
    const last = names[0]?.leftOut.at(-1)?.failure;
    return {
      ok: false,
      failure: last ?? failure('reference', `${reference.text} names no image of a registry`),
    };
  }

  return {
    sources,
    tagSources: (image, candidate) => {
      const reference = registryReference(image);
      const problem = invalidConfiguration();
      if (problem !== undefined) return { ok: false, failure: problem };
      const name = nameForTags(reference);
      const first = registryItself(name, image, filesFor(reference, candidate));
      const untold = { image: { ...image.image, options: noPullOptions }, certificates: undefined };
      const { tlsVerify } = image.image.options;
      const isTold = candidate.kind !== 'own' || image.certificates !== undefined || tlsVerify !== undefined;
      const others = isTold ? [registryItself(name, untold, ownFiles(true))] : [];
      const ofImages = sources(image, candidate);
      const named = ofImages.ok ? ofImages.names.flatMap((each) => each.sources.toReversed()) : [];
      const found = [
        first,
        ...others,
        ...named.filter((each) => 'code' in first || !isSamePlace(each, first)),
      ];
      const usable = found.flatMap((each) => ('code' in each ? [] : [each]));
      return usable.length === 0 && 'code' in first
        ? { ok: false, failure: first }
        : { ok: true, sources: usable };
    },
    ca: () => ca()?.pem,
    foreignCa: () => (ca()?.isOfHost === false ? ca()?.pem : undefined),
    configuration,
    certificates: () => certificatesOfAll(roots, version),
    isOfHost: roots.isOfHost,
  };
}

/** Whether this host has a program of that name in its PATH. */
type HasProgram = (program: string) => boolean;

/** The auth file that podman gets for a candidate; `undefined` where it takes its own. */
function givenFile(
  reference: RegistryReference,
  candidate: AuthCandidate,
  hasProgram: HasProgram,
): ReadAuthFile | undefined {
  if (candidate.kind === 'own') return undefined;
  if (candidate.kind === 'file') return authFileOf(candidate.authFile.copy(hasProgram));
  const auth = Buffer.from(candidate.creds).toString('base64');
  return authFileOf(JSON.stringify({ auths: { [repositoryName(reference)]: { auth } } }));
}

/** Of what a root names, only programs that this host has in its PATH; the auth files where none is left. */
function usableHelpers(helpers: readonly string[], hasProgram: HasProgram): readonly string[] {
  const usable = helpers.filter((helper) => {
    const program = helperProgram(helper);
    return helper === 'containers-auth.json' || (program !== undefined && hasProgram(program));
  });
  return usable.length === 0 ? ['containers-auth.json'] : usable;
}

function checked(files: readonly CertificateFile[]): FoundCertificates {
  const problem = withoutPartner(files.map(({ name }) => name));
  return problem === undefined ? { ok: true, files } : { ok: false, problem };
}

/** podman takes a name that a table has made only where it says all: a registry first, and nothing left to add. */
function isFullName(name: string): boolean {
  const parsed = parseRegistryReference(name, 0);
  return !('code' in parsed) && parsed.registry !== null && canonicalName(parsed) === name;
}

function isSamePlace(one: RegistrySource, other: RegistrySource): boolean {
  return (
    one.registry === other.registry &&
    one.repository === other.repository &&
    one.isInsecure === other.isInsecure
  );
}

/** podman resolves no short name for a list of tags, and asks Docker Hub. */
function nameForTags(reference: RegistryReference): string {
  if (reference.registry !== null) return repositoryName(reference);
  const { repository } = reference;
  return `docker.io/${repository.includes('/') ? repository : `library/${repository}`}`;
}

function registryReference({ image: { reference } }: ResolvedImage): RegistryReference {
  if (reference.transport !== 'docker') throw new Error(`not in a registry: ${reference.text}`);
  return reference;
}

function failure(code: Failure['code'], message: string): Failure {
  return { code, kind: 'permanent', message, hint: null };
}

import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { inFile, nowhere, type Place } from '../diagnostic/place.js';
import { type HostPath, type RootPath, rootPath } from '../model/path.js';
import type { RegistryReference } from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { readRegistriesConf } from '../registries/conf/registries-conf.js';
import { rootOf } from '../resolve/find-in-roots.js';
import type { Roots } from '../root/open-roots.js';
import type { RootView } from '../root/root-view.js';
import { type JsonNode, memberOf, parseJsonTree } from '../text/json-tree.js';
import { findLineStarts, positionAt } from '../text/position.js';
import { findHelperProgram } from './helper-programs.js';
import { checkOwnAuthFiles, isUsed, keysOf, ownAuthFiles, referencesOfOwn } from './own-auth-files.js';
import type { Subject } from './subject.js';
import { isWholeRoot } from './whole-root.js';

/** Where programs look for credentials without being told, beside podman’s own files. */
const knownPlaces = ['/etc/ostree/auth.json', '/usr/lib/ostree/auth.json', '/etc/containers/auth.json'].map(
  rootPath,
);

const limitBytes = 1024 * 1024;

/** An auth file of the new root, and the images that are pulled with it. */
interface AuthFile {
  readonly path: RootPath;
  readonly references: RegistryReference[];
}

/** Auth files that podman takes, and that are a risk or do not help. */
export function checkAuthFiles({ roots, images }: Pick<Subject, 'roots' | 'images'>): readonly Diagnostic[] {
  const { newRoot } = roots;
  const files = authFilesOf(roots, images);
  return [
    ...entriesMissing(newRoot, images),
    ...entriesUseless(newRoot, images),
    ...checkOwnAuthFiles(roots, hasHelper(newRoot) ? [] : referencesOfOwn(images), keysOf(images)),
    ...files.flatMap((file) => [...worldReadable(newRoot, file), ...helpersMissing(newRoot, file)]),
  ];
}

/** What comes from the current root is not the author’s. */
function authFilesOf(roots: Roots, images: readonly ResolvedImage[]): readonly AuthFile[] {
  const root = roots.newRoot;
  const files = new Map<HostPath, AuthFile>();
  const add = (path: RootPath, hostPath?: HostPath): AuthFile | undefined => {
    const found = root.resolve(path);
    if (found.kind !== 'file' || (hostPath !== undefined && found.hostPath !== hostPath)) return undefined;
    if (rootOf(roots, found.hostPath) !== 'new') return undefined;
    const file = files.get(found.hostPath) ?? { path: found.path, references: [] };
    files.set(found.hostPath, file);
    return file;
  };
  for (const { image, credentials } of images) {
    const { reference } = image;
    if (reference.transport !== 'docker') continue;
    for (const candidate of credentials) {
      if (candidate.kind === 'file') add(candidate.path, candidate.hostPath)?.references.push(reference);
    }
  }
  for (const path of knownPlaces) add(path);
  const own = referencesOfOwn(images);
  for (const path of ownAuthFiles) add(path)?.references.push(...own);
  return [...files.values()];
}

/** A file that a unit or drop-in names is expected to help; the others may well be for other registries. */
function entriesMissing(root: RootView, images: readonly ResolvedImage[]): readonly Diagnostic[] {
  const reported = new Set<string>();
  const keys = keysOf(images);
  const diagnostics: Diagnostic[] = [];
  for (const { image, credentials } of images) {
    const { authfile } = image.options;
    const registry = image.reference.transport === 'docker' ? image.reference.registry : null;
    if (authfile === undefined || registry === null || credentials.length === 0) continue;
    // What is there but useless is said below.
    const isMeant = credentials.some(
      (each) =>
        each.kind !== 'file' || each.hasEntry || (each.useless !== undefined && !isUsed(each.useless, keys)),
    );
    if (isMeant) continue;
    const key = JSON.stringify([authfile.place, registry]);
    if (reported.has(key)) continue;
    reported.add(key);
    const args = { path: authfile.value, registry };
    diagnostics.push(diagnose('authfile-without-entry', authfile.place, args));
  }
  // A helper for all registries has credentials that no file names.
  const isHelped = diagnostics.length > 0 && hasHelper(root);
  return isHelped ? [] : diagnostics;
}

/** What somebody meant for an image, and podman reads otherwise or not at all. */
function entriesUseless(root: RootView, images: readonly ResolvedImage[]): readonly Diagnostic[] {
  const isAny = images.some(({ credentials }) =>
    credentials.some((each) => each.kind === 'file' && each.useless !== undefined),
  );
  // A helper for all registries has credentials that no file names.
  const isOthers = isAny && hasHelper(root);
  const keys = keysOf(images);
  return images.flatMap(({ image: { reference, options }, credentials }) => {
    if (reference.transport !== 'docker' || reference.registry === null) return [];
    const { registry } = reference;
    const isHelped = credentials.some(
      (each) =>
        each.kind === 'creds' || (each.kind === 'file' && each.hasEntry && each.useless === undefined),
    );
    return credentials.flatMap((candidate) => {
      if (candidate.kind !== 'file' || candidate.useless === undefined) return [];
      const { path, hasEntry, useless } = candidate;
      // Where others have credentials, nothing that is sent is wrong.
      if (!hasEntry && (isHelped || isOthers)) return [];
      if (isUsed(useless, keys)) return [];
      const { problem, line, column } = useless;
      const place = candidate.root === 'new' ? { ...inFile(path), line, column } : options.authfile?.place;
      return [diagnose('authfile-entry-useless', place ?? nowhere, { path, registry, problem })];
    });
  });
}

function hasHelper(root: RootView): boolean {
  return readRegistriesConf(root).credentialHelpers.some((helper) => helper !== 'containers-auth.json');
}

function worldReadable(root: RootView, { path }: AuthFile): readonly Diagnostic[] {
  const mode = root.mode(path) ?? 0;
  if ((mode & 0o004) === 0 || !holdsSecrets(readJson(root, path)?.tree)) return [];
  return [diagnose('authfile-world-readable', inFile(path), { mode: mode.toString(8).padStart(4, '0') })];
}

function holdsSecrets(tree: JsonNode | undefined): boolean {
  const auths = memberOf(tree, 'auths')?.value;
  if (auths?.kind !== 'object') return false;
  return auths.members.some(({ value }) =>
    ['auth', 'identitytoken'].some((name) => {
      const secret = memberOf(value, name)?.value;
      return secret?.kind === 'string' && secret.value !== '';
    }),
  );
}

/** Source: containers-auth.json(5), “credHelpers”. */
function helpersMissing(root: RootView, { path, references }: AuthFile): readonly Diagnostic[] {
  if (!isWholeRoot(root)) return [];
  const json = readJson(root, path);
  const helpers = memberOf(json?.tree, 'credHelpers')?.value;
  if (json === undefined || helpers === undefined) return [];
  const registries = new Set(references.flatMap(({ registry }) => registry ?? []));
  return [...registries].flatMap((registry) => {
    const helper = memberOf(helpers, registry)?.value;
    if (helper?.kind !== 'string') return [];
    const program = `docker-credential-${helper.value}`;
    const place = json.placeAt(helper.offset);
    const found = findHelperProgram(root, program);
    if (found.kind === 'unknown')
      return [diagnose('host-path-unknown', place, { what: 'credential helper', path: found.path })];
    return found.kind === 'missing'
      ? [diagnose('authfile-helper-missing', place, { program, registry })]
      : [];
  });
}

interface ReadJson {
  readonly tree: JsonNode;
  readonly placeAt: (offset: number) => Place;
}

/** What is wrong with the file is found where it is chosen. */
function readJson(root: RootView, path: RootPath): ReadJson | undefined {
  const file = root.readFile(path, { limitBytes });
  if (!file.ok) return undefined;
  const text = file.bytes.toString('utf8');
  const parsed = parseJsonTree(text);
  if (!parsed.ok) return undefined;
  const lineStarts = findLineStarts(text);
  return { tree: parsed.root, placeAt: (offset) => ({ ...inFile(path), ...positionAt(lineStarts, offset) }) };
}

import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { inFile, type Place } from '../diagnostic/place.js';
import { type HostPath, type RootPath, rootPath } from '../model/path.js';
import type { RegistryReference } from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { readRegistriesConf } from '../registries/conf/registries-conf.js';
import type { RootView } from '../root/root-view.js';
import { type JsonNode, memberOf, parseJsonTree } from '../text/json-tree.js';
import { findLineStarts, positionAt } from '../text/position.js';
import type { Subject } from './subject.js';
import { isWholeRoot } from './whole-root.js';

/** Where programs look for credentials without being told: bootc’s pull secret, and root’s own files. */
const knownPlaces = [
  '/etc/ostree/auth.json',
  '/usr/lib/ostree/auth.json',
  '/etc/containers/auth.json',
  '/root/.config/containers/auth.json',
  '/root/.docker/config.json',
].map(rootPath);

const programDirectories = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/usr/local/sbin'];

const limitBytes = 1024 * 1024;

/** An auth file of the new root, and the images that are pulled with it. */
interface AuthFile {
  readonly path: RootPath;
  readonly references: RegistryReference[];
}

/** Auth files that podman takes, and that are a risk or do not help. */
export function checkAuthFiles({
  roots: { newRoot },
  images,
}: Pick<Subject, 'roots' | 'images'>): readonly Diagnostic[] {
  const files = authFilesOf(newRoot, images);
  return [
    ...entriesMissing(newRoot, images),
    ...files.flatMap((file) => [...worldReadable(newRoot, file), ...helpersMissing(newRoot, file)]),
  ];
}

/** What comes from the current root is not the author’s. */
function authFilesOf(root: RootView, images: readonly ResolvedImage[]): readonly AuthFile[] {
  const files = new Map<HostPath, AuthFile>();
  const add = (path: RootPath, hostPath?: HostPath): AuthFile | undefined => {
    const found = root.resolve(path);
    if (found.kind !== 'file' || (hostPath !== undefined && found.hostPath !== hostPath)) return undefined;
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
  return [...files.values()];
}

/** A file that a unit or drop-in names is expected to help; the others may well be for other registries. */
function entriesMissing(root: RootView, images: readonly ResolvedImage[]): readonly Diagnostic[] {
  const reported = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const { image, credentials } of images) {
    const { authfile } = image.options;
    const registry = image.reference.transport === 'docker' ? image.reference.registry : null;
    if (authfile === undefined || registry === null || credentials.length === 0) continue;
    if (credentials.some((candidate) => candidate.kind !== 'file' || candidate.hasEntry)) continue;
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
    const paths = programDirectories.map((directory) => rootPath(`${directory}/${program}`));
    if (paths.some((candidate) => root.resolve(candidate).kind === 'file')) return [];
    return [diagnose('authfile-helper-missing', json.placeAt(helper.offset), { program, registry })];
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

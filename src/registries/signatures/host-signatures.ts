import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMap, isScalar } from 'yaml';
import { compareNames, type HostPath, joinRootPath, type RootPath, rootPath } from '../../model/path.js';
import { scopesOf } from '../../model/reference/scopes.js';
import { diskTree } from '../../root/disk-tree.js';
import { describeProblem } from '../../root/problem.js';
import { type RootView, rootView } from '../../root/root-view.js';
import { aliasFollower } from '../../text/yaml-aliases.js';
import { readYamlDocuments } from '../../text/yaml-documents.js';
import { newLoaderDirectories } from '../conf/files.js';
import { hasNewLoader, newestKnown } from '../conf/rules.js';
import { userDirectory } from '../conf-roots.js';

/** Where this host's podman looks for signatures, as its registries.d says. Names are in full, with a tag or digest. */
export interface HostSignatures {
  /** Why that is not known, as a clause: podman may refuse every pull. */
  readonly problem: string | undefined;
  /** The URL below which signatures lie, without the repository. */
  lookasideOf(name: string): string;
  /** Whether it looks for sigstore signatures beside the image, by their tag. */
  usesAttachments(name: string): boolean;
  /** What sections say of attachments, by scope, such as `registry/namespace`. */
  readonly attachments: ReadonlyMap<string, boolean>;
}

export interface HostSignaturesOptions {
  /** Of the podman that pulls, `N.N.N`. */
  readonly version: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Of the user who pulls. */
  readonly uid: number;
  /** What `/etc` and `/usr` lie in, for tests. */
  readonly top?: HostPath;
}

/** What one scope says. */
interface Section {
  readonly lookaside: string | undefined;
  readonly attachments: boolean | undefined;
}

/** Sections by scope, or a clause that says why there are none. */
type Sections = ReadonlyMap<string, Section> | string;

/** Stands for `default-docker`; no scope is empty. */
const general = '';

/**
 * Reads registries.d of this host as its podman does, all files as one: what is said twice, podman refuses.
 * Source: loadRegistryConfiguration, signatureTopLevel and useSigstoreAttachments in go.podman.io/image
 * docker/registries_d.go.
 */
export function readHostSignatures({
  version = newestKnown,
  env,
  uid,
  top = '/' as HostPath,
}: HostSignaturesOptions): HostSignatures {
  const host = rootView(diskTree(top), 'current');
  const found = mergedSections(host, signatureFiles(host, { env, uid, version }));
  const sections = typeof found === 'string' ? new Map<string, Section>() : found;
  const builtIn = builtInLookaside(env, uid);
  function first<T>(name: string, read: (section: Section) => T | undefined): T | undefined {
    const said = [...scopesOf(name), general].flatMap((scope) => sections.get(scope) ?? []);
    return said.map(read).find((value) => value !== undefined);
  }
  const saying = [...sections].flatMap(([scope, { attachments }]) =>
    scope === general || attachments === undefined ? [] : [[scope, attachments] as const],
  );
  return {
    problem: typeof found === 'string' ? found : undefined,
    lookasideOf: (name) => first(name, ({ lookaside }) => lookaside) ?? builtIn,
    usesAttachments: (name) => first(name, ({ attachments }) => attachments) ?? false,
    attachments: new Map(saying),
  };
}

/** Source: builtinDefaultLookasideStorageDir, as above. */
function builtInLookaside({ HOME }: NodeJS.ProcessEnv, uid: number): string {
  const containers = uid === 0 ? '/var/lib/containers' : join(HOME || homedir(), '.local/share/containers');
  return pathToFileURL(join(containers, 'sigstore')).href;
}

/** A file, or why the directory in which it might lie cannot be read. */
type Found = RootPath | { readonly problem: string };

/** podman before 6 reads one directory: the user's where there is one. */
function signatureFiles(
  host: RootView,
  { env, uid, version }: { readonly env: NodeJS.ProcessEnv; readonly uid: number; readonly version: string },
): readonly Found[] {
  const user = joinRootPath(userDirectory({ env }, false), 'registries.d');
  const system = rootPath('/etc/containers/registries.d');
  const roots = { system: host, host, hasUser: true, isOfHost: true, env, uid };
  const directories = hasNewLoader(version)
    ? newLoaderDirectories(roots, 'registries', '').map(([, path]) => path)
    : [host.resolve(user).kind === 'missing' ? system : user];
  const files = new Map<string, Found>();
  for (const directory of directories) {
    const listing = host.readDirectory(directory);
    if (!listing.ok && listing.problem.kind !== 'missing')
      files.set(directory, { problem: describeProblem(listing.problem) });
    const names = listing.ok ? listing.names.filter((name) => name.endsWith('.yaml')) : [];
    for (const name of names) files.set(name, joinRootPath(directory, name));
  }
  return [...files].sort(([a], [b]) => compareNames(a, b)).map(([, found]) => found);
}

function mergedSections(host: RootView, files: readonly Found[]): Sections {
  const sections = new Map<string, Section>();
  for (const file of files) {
    if (typeof file !== 'string') return file.problem;
    const own = readSections(host, file);
    if (typeof own === 'string') return own;
    for (const [scope, section] of own) {
      if (sections.has(scope)) return `${file}: ${nameOf(scope)} is in another file, too`;
      sections.set(scope, section);
    }
  }
  return sections;
}

function nameOf(scope: string): string {
  return scope === general ? '“default-docker”' : `“${scope}”`;
}

/** Far larger than any of these files, in bytes. */
const limitBytes = 1024 * 1024;

/** podman reads the first document of a file only. */
function readSections(host: RootView, path: RootPath): Sections {
  const file = host.readFile(path, { limitBytes });
  if (!file.ok) return file.problem.kind === 'missing' ? new Map() : describeProblem(file.problem);
  const { documents, mistake } = readYamlDocuments(file.bytes.toString('utf8'));
  const [document] = documents;
  const wrong = mistake?.problem ?? document?.errors[0]?.message;
  if (wrong !== undefined) return `${path}: ${wrong}`;
  if (document === undefined) return new Map();
  const follow = aliasFollower(document);
  const top = membersOf(document.contents, follow);
  const docker = membersOf(top?.get('docker'), follow);
  if (top === undefined || docker === undefined) return `${path}: it must hold “key: value” lines`;
  const sections = new Map<string, Section>();
  const own = top.get('default-docker');
  for (const [scope, node] of isNothing(own) ? docker : [...docker, [general, own] as const]) {
    const section = sectionOf(membersOf(node, follow));
    if (section === undefined) return `${path}: ${nameOf(scope)} cannot be understood`;
    sections.set(scope, section);
  }
  return sections;
}

function isNothing(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

/** Keys with their values; `undefined` where it is none of keys and values, or some come from elsewhere (`<<`). */
function membersOf(
  node: unknown,
  follow: (node: unknown) => unknown,
): ReadonlyMap<string, unknown> | undefined {
  const map = follow(node);
  if (isNothing(map)) return new Map();
  if (!isMap(map)) return undefined;
  const members = new Map<string, unknown>();
  for (const { key, value } of map.items) {
    if (!isScalar(key) || key.value === '<<') return undefined;
    members.set(String(key.value), follow(value));
  }
  return members;
}

/** The older names of the keys count where the newer say nothing. */
function sectionOf(members: ReadonlyMap<string, unknown> | undefined): Section | undefined {
  const urls = [members?.get('lookaside'), members?.get('sigstore')].filter((node) => !isNothing(node));
  const switched = members?.get('use-sigstore-attachments');
  const attachments = isNothing(switched) ? undefined : switchOf(switched);
  if (members === undefined || !urls.every((node) => isScalar(node)) || attachments === 'unknown')
    return undefined;
  const lookaside = urls.map((node) => String(node.value)).find((url) => url !== '');
  return { lookaside, attachments };
}

/** Go's YAML reader takes some words of YAML 1.1 for a boolean. */
function switchOf(node: unknown): boolean | 'unknown' {
  const written = isScalar(node) ? node.value : undefined;
  if (typeof written === 'boolean') return written;
  if (typeof written !== 'string') return 'unknown';
  if (/^(?:y|Y|yes|Yes|YES|on|On|ON)$/.test(written)) return true;
  return /^(?:n|N|no|No|NO|off|Off|OFF)$/.test(written) ? false : 'unknown';
}

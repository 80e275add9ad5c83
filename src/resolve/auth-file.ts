import type { RegistryReference } from '../model/reference/reference.js';
import type { AuthEntry, AuthFile, StoredCredentials } from '../model/resolved-image.js';
import { parseJson } from '../text/json.js';
import { isObject } from '../text/shape.js';

export type ParsedAuthFile =
  | { readonly ok: true; readonly authFile: AuthFile }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads an auth file. The rules are containers-auth.json(5) and its reader (go.podman.io/image
 * pkg/docker/config): a helper for the registry first, then the most specific of `registry/a/b`,
 * `registry/a`, `registry`, then keys that are URLs. The first match decides, even when it is empty.
 */
export function parseAuthFile(bytes: Buffer): ParsedAuthFile {
  const read = readObject(bytes);
  return read.ok ? parseContent(read.content, false) : read;
}

/** The same for `~/.dockercfg`, which is the `auths` alone, with a key for a whole registry only. */
export function parseLegacyAuthFile(bytes: Buffer): ParsedAuthFile {
  const read = readObject(bytes);
  return read.ok ? parseContent({ auths: read.content }, true) : read;
}

type ReadObject =
  | { readonly ok: true; readonly content: JsonObject }
  | { readonly ok: false; readonly problem: string };

function readObject(bytes: Buffer): ReadObject {
  if (bytes.length === 0) return { ok: false, problem: 'it is empty; podman wants at least {}' };
  const parsed = parseJson(bytes.toString('utf8'));
  if (!parsed.ok) {
    const { line, column } = parsed.place;
    return {
      ok: false,
      problem: `it is not valid JSON in line ${line}, column ${column}: ${parsed.problem}`,
    };
  }
  const content = parsed.value ?? {};
  return isObject(content) ? { ok: true, content } : { ok: false, problem: 'it is not a JSON object' };
}

function parseContent(content: JsonObject, isLegacy: boolean): ParsedAuthFile {
  // Go's JSON reader takes null for an absent map, and refuses any other type.
  const auths = field(content, 'auths') ?? {};
  const helpers = field(content, 'credHelpers') ?? {};
  if (!isObject(auths)) return { ok: false, problem: '“auths” is not a JSON object' };
  const entries = Object.fromEntries(Object.entries(auths).map(([key, entry]) => [key, fieldsOf(entry)]));
  if (!isObject(helpers)) return { ok: false, problem: '“credHelpers” is not a JSON object' };
  for (const name of ['auth', 'identitytoken']) {
    const values = Object.values(entries).map((entry) => (isObject(entry) ? entry[name] : undefined));
    if (!values.every(isText)) return { ok: false, problem: `an “${name}” in it is not a string` };
  }
  if (!Object.values(entries).every((entry) => entry === null || isObject(entry)))
    return { ok: false, problem: 'an entry of “auths” is not a JSON object' };
  if (!Object.values(helpers).every(isText))
    return { ok: false, problem: 'an entry of “credHelpers” is not a string' };
  return {
    ok: true,
    authFile: {
      lookUp: (reference) => lookUp(reference, entries, helpers),
      stored: (name) => stored(name, entries, helpers, isLegacy),
      helper: ({ registry }) => (registry === null ? undefined : helperProgram(ownValue(helpers, registry))),
      copy: (hasProgram) => copyFor(entries, helpers, hasProgram),
      secrets: () => Object.values(auths).flatMap(secretsOfEntry),
    },
  };
}

/** Of an entry, what podman reads. */
function fieldsOf(entry: unknown): unknown {
  if (!isObject(entry)) return entry;
  return { auth: field(entry, 'auth'), identitytoken: field(entry, 'identitytoken') };
}

/** Go's JSON reader takes the names of fields in any case, and the last one counts. */
function field(object: JsonObject, name: string): unknown {
  const key = Object.keys(object).findLast((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : object[key];
}

/** Only what podman is to know; what is written so has none of its own readings of the original (names in any case). */
function copyFor(entries: JsonObject, helpers: JsonObject, hasProgram: (program: string) => boolean): string {
  const auths = Object.entries(entries).map(([key, entry]) => {
    const { auth, identitytoken } = isObject(entry) ? entry : {};
    return [key, { auth, identitytoken }] as const;
  });
  const credHelpers = Object.entries(helpers).filter(([, helper]) => {
    const program = helperProgram(helper);
    return program !== undefined && hasProgram(program);
  });
  return JSON.stringify({ auths: Object.fromEntries(auths), credHelpers: Object.fromEntries(credHelpers) });
}

/** The program of a helper, or `undefined` where its name is none: with a slash in it, for one, it would be a path. */
export function helperProgram(helper: unknown): string | undefined {
  if (typeof helper !== 'string' || helper.length > 100) return undefined;
  return /^[A-Za-z\d]+(?:[._+-][A-Za-z\d]+)*$/.test(helper) ? `docker-credential-${helper}` : undefined;
}

function ownValue(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Docker's own files have more of them than podman reads. */
function secretsOfEntry(entry: unknown): readonly string[] {
  if (!isObject(entry)) return [];
  const [auth, password, identitytoken, registrytoken] = [
    'auth',
    'password',
    'identitytoken',
    'registrytoken',
  ].map((name) => field(entry, name));
  const creds = typeof auth === 'string' ? secretsOfCreds(Buffer.from(auth, 'base64').toString()) : [];
  return [auth, password, identitytoken, registrytoken, ...creds].filter((each) => typeof each === 'string');
}

/** Of `user:password`, which is also what a registry gets in base64. */
export function secretsOfCreds(creds: string): readonly string[] {
  // The reader cuts NULs off.
  const text = creds.replace(/\0+$/, '');
  return [text, text.slice(text.indexOf(':') + 1)];
}

type JsonObject = Readonly<Record<string, unknown>>;

function lookUp(reference: RegistryReference, entries: JsonObject, helpers: JsonObject): AuthEntry {
  const { registry } = reference;
  // Which registry a short name means is podman's to find out; any credentials may be the right ones.
  if (registry === null) {
    const hasAny = Object.values(entries).some((entry) => readEntry(entry) === 'credentials');
    return hasAny || Object.keys(helpers).length > 0 ? 'credentials' : 'none';
  }
  if (Object.hasOwn(helpers, registry))
    return helperProgram(helpers[registry]) === undefined ? 'helper-refused' : 'credentials';
  return readEntry(entryFor(`${registry}/${reference.repository}`, entries, false));
}

/** `findCredentialsInFile` of the reader. */
function stored(
  name: string,
  entries: JsonObject,
  helpers: JsonObject,
  isLegacy: boolean,
): StoredCredentials {
  const helper = ownValue(helpers, registryOf(name));
  if (helper !== undefined) return { kind: 'helper', helper: String(helper ?? '') };
  const entry = entryFor(name, entries, isLegacy);
  const kind = readEntry(entry);
  if (kind !== 'credentials' || !isObject(entry)) return { kind: kind === 'invalid' ? kind : 'none' };
  const { auth, identitytoken } = entry;
  const decoded = Buffer.from(String(auth), 'base64').toString();
  const colon = decoded.indexOf(':');
  const username = decoded.slice(0, colon);
  const password = decoded.slice(colon + 1).replace(/^\0+|(?<!\0)\0+$/g, '');
  const isEmpty = username === '' && password === '';
  if (typeof identitytoken === 'string' && identitytoken !== '')
    return {
      kind: 'identity-token',
      token: identitytoken,
      ...(isEmpty ? {} : { login: { username, password } }),
    };
  return isEmpty ? { kind: 'none' } : { kind: 'password', username, password };
}

/** The entry for `registry/repository`: of the most specific key, then of one that is a URL. */
function entryFor(name: string, entries: JsonObject, isLegacy: boolean): unknown {
  const registry = registryOf(name);
  const keys = isLegacy ? [registry] : lookupKeys(name);
  const exact = keys.find((key) => Object.hasOwn(entries, key));
  if (exact !== undefined) return entries[exact];
  const wanted = normalizeRegistry(registry);
  const url = Object.keys(entries).find((key) => normalizeKey(key, isLegacy) === wanted);
  return url === undefined ? undefined : entries[url];
}

function registryOf(name: string): string {
  return name.split('/', 1)[0] ?? '';
}

/** `registry/a/b`, `registry/a`, `registry`. */
function lookupKeys(name: string): readonly string[] {
  const parts = name.split('/');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

function normalizeKey(key: string, isLegacy: boolean): string {
  const stripped = key.replace(/^(?:http:\/\/)?(?:https:\/\/)?/, '');
  return normalizeRegistry(stripped === key && !isLegacy ? key : (stripped.split('/', 1)[0] ?? ''));
}

function normalizeRegistry(registry: string): string {
  return registry === 'registry-1.docker.io' || registry === 'docker.io' ? 'index.docker.io' : registry;
}

/** `decodeDockerAuth` of the reader: beside an `auth` without a colon, an identity token does not count either. */
function readEntry(entry: unknown): AuthEntry {
  const auth = isObject(entry) ? entry.auth : undefined;
  if (typeof auth !== 'string') return 'none';
  // Buffer takes whatever looks a little like base64; Go wants it padded, and allows line ends in it.
  if (!base64.test(auth.replace(/[\r\n]/g, ''))) return 'invalid';
  return Buffer.from(auth, 'base64').includes(':') ? 'credentials' : 'none';
}

const base64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

/** Go’s JSON reader takes null for an absent string, too. */
function isText(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

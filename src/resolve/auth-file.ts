import type { RegistryReference } from '../model/reference/reference.js';
import type { AuthEntry, AuthFile, StoredCredentials } from '../model/resolved-image.js';
import { goFields, goMap, goString } from '../text/go-json.js';
import { type JsonNode, parseJsonTree } from '../text/json-tree.js';
import { findLineStarts, positionAt } from '../text/position.js';
import { lookupKeys, normalizeKey, normalizeRegistry } from './auth-keys.js';
import { uselessCredentials } from './useless-credentials.js';

export type ParsedAuthFile =
  | { readonly ok: true; readonly authFile: AuthFile }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads an auth file. The rules are containers-auth.json(5) and its reader (go.podman.io/image
 * pkg/docker/config): a helper for the registry first, then the most specific of `registry/a/b`,
 * `registry/a`, `registry`, then keys that are URLs. The first match decides, even when it is empty.
 */
export function parseAuthFile(bytes: Buffer): ParsedAuthFile {
  const read = readText(bytes);
  return read.ok ? parseContent(read, false) : read;
}

/** The same for `~/.dockercfg`, which is the `auths` alone, with a key for a whole registry only. */
export function parseLegacyAuthFile(bytes: Buffer): ParsedAuthFile {
  const read = readText(bytes);
  return read.ok ? parseContent(read, true) : read;
}

type ReadText =
  | { readonly ok: true; readonly root: JsonNode; readonly text: string }
  | { readonly ok: false; readonly problem: string };

function readText(bytes: Buffer): ReadText {
  if (bytes.length === 0) return { ok: false, problem: 'it is empty; podman wants at least {}' };
  const text = bytes.toString('utf8');
  const tree = parseJsonTree(text);
  if (!tree.ok) {
    const { line, column } = positionAt(findLineStarts(text), tree.offset);
    return { ok: false, problem: `it is not valid JSON in line ${line}, column ${column}: ${tree.problem}` };
  }
  const { root } = tree;
  if (root.kind === 'object' || root.kind === 'null') return { ok: true, root, text };
  return { ok: false, problem: 'it is not a JSON object' };
}

/** What podman reads of an entry; '' for what is not there. */
interface Entry {
  readonly auth: string;
  readonly identitytoken: string;
}

type Entries = ReadonlyMap<string, Entry>;
type Helpers = ReadonlyMap<string, string>;

function parseContent({ root, text }: ReadText & { ok: true }, isLegacy: boolean): ParsedAuthFile {
  const fields = isLegacy ? { auths: [root], credHelpers: [] } : goFields(root, ['auths', 'credHelpers']);
  const refused =
    fields === undefined ? 'it is not a JSON object' : refusal(fields.auths, fields.credHelpers);
  const entries = fields && goMap(fields.auths, readFields);
  const helpers = fields && goMap(fields.credHelpers, (helper) => goString([helper]));
  if (entries === undefined || helpers === undefined)
    return { ok: false, problem: refused ?? 'it holds a value of the wrong type' };
  const secrets = isLegacy ? [root] : (fields?.auths ?? []);
  return {
    ok: true,
    authFile: {
      lookUp: (reference) => lookUp(reference, entries, helpers),
      stored: (name) => stored(name, entries, helpers, isLegacy),
      helper: ({ registry }) => (registry === null ? undefined : helperProgram(helpers.get(registry))),
      copy: (hasProgram) => copyFor(entries, helpers, hasProgram),
      useless: uselessCredentials(root, (offset) => positionAt(findLineStarts(text), offset)),
      secrets: () => secrets.flatMap(entryNodes).flatMap(secretsOfEntry),
    },
  };
}

/** Which value Go cannot store, in words. */
function refusal(auths: readonly JsonNode[], credHelpers: readonly JsonNode[]): string | undefined {
  const isMap = ({ kind }: JsonNode) => kind === 'object' || kind === 'null';
  if (!auths.every(isMap)) return '“auths” is not a JSON object';
  if (!credHelpers.every(isMap)) return '“credHelpers” is not a JSON object';
  const entries = auths.flatMap(entryNodes);
  if (!entries.every(isMap)) return 'an entry of “auths” is not a JSON object';
  for (const name of ['auth', 'identitytoken'] as const) {
    if (entries.some((entry) => goString(goFields(entry, [name])?.[name] ?? []) === undefined))
      return `an “${name}” in it is not a string`;
  }
  return credHelpers.flatMap(entryNodes).some((helper) => goString([helper]) === undefined)
    ? 'an entry of “credHelpers” is not a string'
    : undefined;
}

function entryNodes(map: JsonNode): readonly JsonNode[] {
  return map.kind === 'object' ? map.members.map(({ value }) => value) : [];
}

function readFields(node: JsonNode): Entry | undefined {
  const fields = goFields(node, ['auth', 'identitytoken']);
  const auth = fields && goString(fields.auth);
  const identitytoken = fields && goString(fields.identitytoken);
  return auth === undefined || identitytoken === undefined ? undefined : { auth, identitytoken };
}

/** Only what podman is to know; what is written so has none of its own readings of the original (names in any case). */
function copyFor(entries: Entries, helpers: Helpers, hasProgram: (program: string) => boolean): string {
  const auths = [...entries].map(([key, { auth, identitytoken }]) => {
    const entry = { ...(auth !== '' && { auth }), ...(identitytoken !== '' && { identitytoken }) };
    return [key, entry] as const;
  });
  const credHelpers = [...helpers].filter(([, helper]) => {
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

/** Docker's own files have more of them than podman reads. */
function secretsOfEntry(entry: JsonNode): readonly string[] {
  const names = ['auth', 'password', 'identitytoken', 'registrytoken'] as const;
  const fields = goFields(entry, names);
  const texts = (name: (typeof names)[number]) =>
    (fields?.[name] ?? []).flatMap((value) => (value.kind === 'string' ? [value.value] : []));
  const creds = texts('auth').flatMap((auth) => secretsOfCreds(Buffer.from(auth, 'base64').toString()));
  return [...names.flatMap(texts), ...creds];
}

/** Of `user:password`, which is also what a registry gets in base64. */
export function secretsOfCreds(creds: string): readonly string[] {
  // The reader cuts NULs off.
  const text = creds.replace(/\0+$/, '');
  return [text, text.slice(text.indexOf(':') + 1)];
}

function lookUp(reference: RegistryReference, entries: Entries, helpers: Helpers): AuthEntry {
  const { registry } = reference;
  // Which registry a short name means is podman's to find out; any credentials may be the right ones.
  if (registry === null) {
    const hasAny = [...entries.values()].some((entry) => readEntry(entry) === 'credentials');
    return hasAny || helpers.size > 0 ? 'credentials' : 'none';
  }
  const helper = helpers.get(registry);
  if (helper !== undefined) return helperProgram(helper) === undefined ? 'helper-refused' : 'credentials';
  return readEntry(entryFor(`${registry}/${reference.repository}`, entries, false));
}

/** `findCredentialsInFile` of the reader. */
function stored(name: string, entries: Entries, helpers: Helpers, isLegacy: boolean): StoredCredentials {
  const helper = helpers.get(registryOf(name));
  if (helper !== undefined) return { kind: 'helper', helper };
  const entry = entryFor(name, entries, isLegacy);
  const kind = readEntry(entry);
  if (kind !== 'credentials' || entry === undefined) return { kind: kind === 'invalid' ? kind : 'none' };
  const { auth, identitytoken } = entry;
  const decoded = Buffer.from(auth, 'base64').toString();
  const colon = decoded.indexOf(':');
  const username = decoded.slice(0, colon);
  const password = decoded.slice(colon + 1).replace(/^\0+|(?<!\0)\0+$/g, '');
  const isEmpty = username === '' && password === '';
  if (identitytoken !== '')
    return {
      kind: 'identity-token',
      token: identitytoken,
      ...(isEmpty ? {} : { login: { username, password } }),
    };
  return isEmpty ? { kind: 'none' } : { kind: 'password', username, password };
}

/** The entry for `registry/repository`: of the most specific key, then of one that is a URL. */
function entryFor(name: string, entries: Entries, isLegacy: boolean): Entry | undefined {
  const registry = registryOf(name);
  const keys = isLegacy ? [registry] : lookupKeys(name);
  const exact = keys.find((key) => entries.has(key));
  if (exact !== undefined) return entries.get(exact);
  const wanted = normalizeRegistry(registry);
  const url = [...entries.keys()].find((key) => normalizeKey(key, isLegacy) === wanted);
  return url === undefined ? undefined : entries.get(url);
}

function registryOf(name: string): string {
  return name.split('/', 1)[0] ?? '';
}

/** `decodeDockerAuth` of the reader: beside an `auth` without a colon, an identity token does not count either. */
function readEntry(entry: Entry | undefined): AuthEntry {
  if (entry === undefined) return 'none';
  // Buffer takes whatever looks a little like base64; Go wants it padded, and allows line ends in it.
  if (!base64.test(entry.auth.replace(/[\r\n]/g, ''))) return 'invalid';
  return Buffer.from(entry.auth, 'base64').includes(':') ? 'credentials' : 'none';
}

const base64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

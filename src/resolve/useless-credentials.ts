import type { RegistryReference } from '../model/reference/reference.js';
import type { UselessCredentials } from '../model/resolved-image.js';
import { goFields, goString } from '../text/go-json.js';
import type { JsonMember, JsonNode } from '../text/json-tree.js';
import { lookupKeys, normalizeKey, normalizeRegistry } from './auth-keys.js';

interface Found {
  readonly problem: string;
  readonly offset: number;
  readonly key?: string;
}

/** What an auth file has, by what somebody may look for in it. A file may have very many entries. */
interface Index {
  readonly isEmpty: boolean;
  /** The last of each key. */
  readonly entries: ReadonlyMap<string, JsonMember>;
  /** Of keys that are URLs, by their registry. */
  readonly urls: ReadonlyMap<string, JsonMember>;
  /** By what a key may have been meant for. */
  readonly meant: ReadonlyMap<string, JsonMember>;
  readonly wildcards: readonly JsonMember[];
  readonly helpers: ReadonlySet<string>;
  readonly meantHelpers: ReadonlyMap<string, JsonMember>;
  readonly old: ReadonlyMap<string, JsonMember>;
  readonly store: JsonNode | undefined;
}

/**
 * Makes a function that says why credentials that somebody wrote into an auth file do not help with an image, and what
 * podman reads instead; `undefined` where nothing in the file was meant for it, or what is there may be right. What it
 * says holds no secret.
 * Source: findCredentialsInFile and decodeDockerAuth in go.podman.io/image pkg/docker/config/config.go, against what
 * Docker and Kubernetes write: config.json, ~/.dockercfg, kubernetes.io/dockerconfigjson.
 */
export function uselessCredentials(
  root: JsonNode,
  placeAt: (offset: number) => Omit<UselessCredentials, 'problem' | 'key'>,
): (reference: RegistryReference) => UselessCredentials | undefined {
  let index: Index | undefined;
  return ({ registry, repository }) => {
    if (registry === null) return undefined;
    index ??= indexOf(root);
    const found = look(index, registry, lookupKeys(`${registry}/${repository}`));
    if (found === undefined) return undefined;
    const { offset, ...told } = found;
    return { ...told, ...placeAt(offset) };
  };
}

function indexOf(root: JsonNode): Index {
  const fields = goFields(root, ['auths', 'credHelpers', 'credsStore']);
  const entries = (fields?.auths ?? []).flatMap(membersOf);
  const helpers = (fields?.credHelpers ?? []).flatMap(membersOf);
  return {
    isEmpty: entries.length === 0,
    entries: new Map(entries.map((entry) => [entry.name, entry])),
    urls: firstOf(entries, ({ name }) => [normalizeKey(name, false)]),
    meant: firstOf(entries, ({ name }) => meantBy(name)),
    wildcards: entries.filter(({ name }) => name.startsWith('*.')).slice(0, 100),
    helpers: new Set(helpers.map(({ name }) => name)),
    meantHelpers: firstOf(helpers, ({ name }) => meantBy(name).map((meant) => meant.split('/', 1)[0] ?? '')),
    old: firstOf(
      membersOf(root).filter(({ value }) => value.kind === 'object'),
      ({ name }) => [normalizeKey(name, true)],
    ),
    store: fields?.credsStore.find((value) => value.kind === 'string' && value.value !== ''),
  };
}

function firstOf(
  members: readonly JsonMember[],
  keysOf: (member: JsonMember) => readonly string[],
): ReadonlyMap<string, JsonMember> {
  const first = new Map<string, JsonMember>();
  for (const member of members) {
    for (const key of keysOf(member)) if (!first.has(key)) first.set(key, member);
  }
  return first;
}

function look(index: Index, registry: string, keys: readonly string[]): Found | undefined {
  if (index.helpers.has(registry)) return undefined;
  // Of several keys that are URLs, podman takes any.
  const exact = keys.find((key) => index.entries.has(key));
  const entry = exact === undefined ? index.urls.get(normalizeRegistry(registry)) : index.entries.get(exact);
  if (entry !== undefined) return ofEntry(entry, index.store !== undefined);
  return (
    ofOldForm(index, registry) ??
    ofKey(index, registry, keys) ??
    ofHelperKey(index, registry) ??
    ofStore(index)
  );
}

function membersOf(node: JsonNode): readonly JsonMember[] {
  return node.kind === 'object' ? node.members : [];
}

function ofEntry({ name, offset, value }: JsonMember, hasStore: boolean): Found | undefined {
  const fields = goFields(value, ['auth', 'identitytoken', 'username', 'password', 'registrytoken']);
  const text = (field: keyof NonNullable<typeof fields>) => goString(fields?.[field] ?? []) ?? '';
  const found = (problem: string): Found => ({ problem: `its entry “${name}” ${problem}`, offset });
  const auth = text('auth');
  if (auth !== '') {
    const problem = ofDecoded(Buffer.from(auth, 'base64'), text('identitytoken') !== '');
    return problem === undefined ? undefined : found(problem);
  }
  if (text('username') !== '' || text('password') !== '')
    return found('has “username” and “password”, and podman reads “auth” alone: USER:PASSWORD in base64');
  if (text('identitytoken') !== '')
    return found('has “identitytoken” without “auth”, and podman reads the one only beside the other');
  if (text('registrytoken') !== '')
    return found('has “registrytoken”, which podman does not read: it wants “auth”, USER:PASSWORD in base64');
  return hasStore
    ? found('is empty, and podman does not ask “credsStore”: it reads “credHelpers”')
    : undefined;
}

/** What podman reads of an `auth` that nobody can have meant so. */
function ofDecoded(decoded: Buffer, hasToken: boolean): string | undefined {
  const text = decoded.toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) {
    return Buffer.from(text.trim(), 'base64').includes(':') && /^[A-Za-z\d+/=\s]+$/.test(text)
      ? 'has an “auth” that is in base64 twice, and podman decodes it once'
      : 'has an “auth” that is not USER:PASSWORD in base64, and podman ignores an “auth” without “:”';
  }
  const [user, password] = [text.slice(0, colon), text.slice(colon + 1).replace(/^\0+|(?<!\0)\0+$/g, '')];
  // With a token, the two are a form.
  if (hasToken) return undefined;
  if (user === '') return 'has an “auth” without a user name, which is what podman logs in with';
  if (password === '') return 'has an “auth” without a password, which is what podman logs in with';
  // The login with the key of a service account: a JSON text, of several lines and maybe with an end to the last.
  const isJson = /^_json_key(?:_base64)?$/.test(user) || password.startsWith('{');
  if (!isJson && /[\r\n]$/.test(password))
    return 'has an “auth” whose password ends with a line end, which podman sends along: encode it with printf, not with echo';
  if (/[\0-\x1f\x7f]/.test(user + password.replace(/[\t\r\n]/g, '')))
    return 'has an “auth” with control characters, which podman sends along';
  return undefined;
}

/** `~/.dockercfg`: what should be below “auths” is the whole file. */
function ofOldForm({ isEmpty, old }: Index, registry: string): Found | undefined {
  const entry = isEmpty ? old.get(normalizeRegistry(registry)) : undefined;
  if (entry === undefined) return undefined;
  return {
    problem: `“${entry.name}” stands in it as in the old ~/.dockercfg, but podman reads only what is below “auths”`,
    offset: entry.offset,
  };
}

/** A key that somebody meant for the image, and that podman compares as it is. */
function ofKey({ meant, wildcards }: Index, registry: string, keys: readonly string[]): Found | undefined {
  const wanted = [...keys, normalizeRegistry(registry), registry.replace(/:\d+$/, '')];
  const key =
    meant.get(wanted.find((each) => meant.has(each)) ?? '') ??
    wildcards.find(({ name }) => registry.endsWith(name.slice(1)));
  if (key === undefined) return undefined;
  return {
    problem: `its key “${key.name}” does not match this image: podman looks for ${keys.join(', ')}`,
    offset: key.offset,
    key: key.name,
  };
}

/** What a key may stand for: without scheme, tag, digest, the path of an API and slashes at the end, in lower case. */
function meantBy(key: string): readonly string[] {
  const plain = key
    .trim()
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/@sha256:[\da-f]*$/, '')
    .replace(/\/{1,9}$/, '');
  const colon = plain.lastIndexOf(':');
  const slash = plain.lastIndexOf('/');
  // Behind a slash it is no port.
  const withoutTag = slash >= 0 && colon > slash ? plain.slice(0, colon) : plain;
  return [plain, withoutTag, plain.replace(/\/v[12]$/, '')];
}

/** Helpers are for whole registries only. */
function ofHelperKey({ meantHelpers }: Index, registry: string): Found | undefined {
  const key = meantHelpers.get(registry);
  if (key === undefined) return undefined;
  return {
    problem: `its helper for “${key.name}” is never asked: podman looks for “${registry}” in “credHelpers”`,
    offset: key.offset,
  };
}

/** With entries for other registries, it may well be for these. */
function ofStore({ store, isEmpty }: Index): Found | undefined {
  if (store === undefined || !isEmpty) return undefined;
  return { problem: 'it names a “credsStore”, but podman reads only “credHelpers”', offset: store.offset };
}

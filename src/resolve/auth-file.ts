import type { RegistryReference } from '../reference/reference.js';

/** What an auth file offers, without its secrets. */
export interface AuthFile {
  /** Whether it has credentials for the registry of `reference`, or a helper that may have. */
  hasCredentialsFor(reference: RegistryReference): boolean;
}

export type ParsedAuthFile =
  | { readonly ok: true; readonly authFile: AuthFile }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads an auth file. The rules are containers-auth.json(5) and its reader (go.podman.io/image
 * pkg/docker/config): a helper for the registry first, then the most specific of `registry/a/b`,
 * `registry/a`, `registry`, then keys that are URLs. The first match decides, even when it is empty.
 */
export function parseAuthFile(bytes: Buffer): ParsedAuthFile {
  if (bytes.length === 0) return { ok: false, problem: 'it is empty; podman wants at least {}' };
  let content: unknown;
  try {
    content = JSON.parse(bytes.toString('utf8'));
  } catch {
    // JSON.parse quotes the text around the mistake, and that may be a secret.
    return { ok: false, problem: 'it is not valid JSON' };
  }
  if (!isObject(content)) return { ok: false, problem: 'it is not a JSON object' };
  const { auths = {}, credHelpers = {} } = content;
  // Go's JSON reader takes null for an absent map, and refuses any other type.
  const entries = auths ?? {};
  const helpers = credHelpers ?? {};
  if (!isObject(entries)) return { ok: false, problem: '“auths” is not a JSON object' };
  if (!isObject(helpers)) return { ok: false, problem: '“credHelpers” is not a JSON object' };
  return { ok: true, authFile: { hasCredentialsFor: (reference) => lookUp(reference, entries, helpers) } };
}

type JsonObject = Readonly<Record<string, unknown>>;

function lookUp(reference: RegistryReference, entries: JsonObject, helpers: JsonObject): boolean {
  const { registry } = reference;
  // Which registry a short name means is podman's to find out; any credentials may be the right ones.
  if (registry === null)
    return Object.values(entries).some(holdsCredentials) || Object.keys(helpers).length > 0;
  if (Object.hasOwn(helpers, registry)) return true;
  const exact = lookupKeys(reference, registry).find((key) => Object.hasOwn(entries, key));
  if (exact !== undefined) return holdsCredentials(entries[exact]);
  const wanted = normalizeRegistry(registry);
  const url = Object.keys(entries).find((key) => normalizeKey(key) === wanted);
  return url !== undefined && holdsCredentials(entries[url]);
}

/** `registry/a/b`, `registry/a`, `registry`. */
function lookupKeys(reference: RegistryReference, registry: string): readonly string[] {
  const parts = [registry, ...reference.repository.split('/')];
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

function normalizeKey(key: string): string {
  const stripped = key.replace(/^https?:\/\//, '');
  return normalizeRegistry(stripped === key ? key : (stripped.split('/', 1)[0] ?? ''));
}

function normalizeRegistry(registry: string): string {
  return registry === 'registry-1.docker.io' || registry === 'docker.io' ? 'index.docker.io' : registry;
}

function holdsCredentials(entry: unknown): boolean {
  if (!isObject(entry)) return false;
  const { auth, identitytoken } = entry;
  if (typeof identitytoken === 'string' && identitytoken !== '') return true;
  return typeof auth === 'string' && Buffer.from(auth, 'base64').includes(':');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

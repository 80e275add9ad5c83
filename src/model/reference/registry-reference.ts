import { digestFault } from './digest.js';
import { repositoryName } from './name.js';
import type { Fault } from './problem.js';
import type { RegistryReference } from './types.js';

const MAX_NAME_LENGTH = 255;
const MAX_TAG_LENGTH = 128;

const HOST = /^(?:[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*|\[[a-f0-9:]+\])(?::[0-9]+)?/i;
const PATH_COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*/;

/** Where the parts of a reference lie in its text: `[start, end)`. An absent part is null. */
interface Parts {
  readonly registry: readonly [number, number] | null;
  readonly repository: readonly [number, number];
  readonly tag: readonly [number, number] | null;
  readonly digest: readonly [number, number] | null;
}

/**
 * Parses `[registry/]repository[:tag][@digest]`, which begins at `start`; `start` is not 0 exactly where the
 * text names the docker transport, and such a name is never short but on docker.io.
 * Source: the grammar in github.com/distribution/reference reference.go, and where podman differs from it the
 * code of podman: docker/reference/normalize.go and pkg/shortnames in go.podman.io/image.
 */
export function parseRegistryReference(text: string, start: number): RegistryReference | Fault {
  const parts = split(text, start);
  const slice = (range: readonly [number, number] | null): string | null =>
    range === null ? null : text.slice(range[0], range[1]);

  const fault =
    (parts.registry === null ? null : registryFault(text, parts.registry)) ??
    repositoryFault(text, parts.repository) ??
    (parts.tag === null ? null : tagFault(text, parts.tag)) ??
    (parts.digest === null ? null : digestFault(text, parts.digest[0]));
  if (fault !== null) return fault;

  const isShort = parts.registry === null && start === 0;
  const registry = isShort ? null : dockerHub(slice(parts.registry));
  const path = text.slice(...parts.repository);
  const reference: RegistryReference = {
    text,
    transport: 'docker',
    registry,
    repository: registry === 'docker.io' ? withNamespace(path) : path,
    tag: slice(parts.tag),
    digest: slice(parts.digest),
    isShort,
  };

  // podman also parses a short name as one on docker.io, and refuses it when that is too long.
  const longest = isShort ? `docker.io/${withNamespace(path)}` : repositoryName(reference);
  if (longest.length > MAX_NAME_LENGTH) return { code: 'name-too-long', offset: start };
  if (parts.tag !== null && parts.digest !== null && start > 0) {
    const candidate = text.slice(0, parts.repository[1]) + text.slice(parts.tag[1]);
    return { code: 'tag-and-digest', offset: parts.tag[0] - 1, candidate };
  }
  return reference;
}

function split(text: string, start: number): Parts {
  const at = text.indexOf('@', start);
  const nameEnd = at === -1 ? text.length : at;
  const slash = text.slice(start, nameEnd).indexOf('/');
  const first = slash === -1 ? '' : text.slice(start, start + slash);
  const registry = isRegistry(first) ? ([start, start + first.length] as const) : null;
  const pathStart = registry === null ? start : registry[1] + 1;
  const colon = text.slice(pathStart, nameEnd).indexOf(':');
  const pathEnd = colon === -1 ? nameEnd : pathStart + colon;
  return {
    registry,
    repository: [pathStart, pathEnd],
    tag: pathEnd === nameEnd ? null : [pathEnd + 1, nameEnd],
    digest: at === -1 ? null : [at + 1, text.length],
  };
}

/**
 * Whether the first component names a registry. Docker takes one with an upper-case letter for a registry as
 * well; podman does not. A `_` is in no host name, so podman takes `my_team.org/app` for a short name.
 */
function isRegistry(component: string): boolean {
  return (
    component === 'localhost' ||
    component.includes(':') ||
    (component.includes('.') && !component.includes('_'))
  );
}

function dockerHub(registry: string | null): string {
  return registry === null || registry === 'index.docker.io' ? 'docker.io' : registry;
}

function withNamespace(path: string): string {
  return path.includes('/') ? path : `library/${path}`;
}

function registryFault(text: string, [start, end]: readonly [number, number]): Fault | null {
  if (end - start > MAX_NAME_LENGTH) return { code: 'name-too-long', offset: start };
  const valid = HOST.exec(text.slice(start, end))?.[0].length ?? 0;
  return start + valid === end ? null : { code: 'registry', offset: start + valid };
}

function repositoryFault(text: string, [start, end]: readonly [number, number]): Fault | null {
  const path = text.slice(start, end);
  if (path === '') return { code: 'repository-missing', offset: start };
  const upper = path.search(/[A-Z]/);
  if (upper !== -1) {
    const candidate = text.slice(0, start) + path.toLowerCase() + text.slice(end);
    return { code: 'upper-case', offset: start + upper, candidate };
  }
  const foreign = path.search(/[^a-z0-9._/-]/);
  if (foreign !== -1) return { code: 'repository', offset: start + foreign };
  if (path.length > MAX_NAME_LENGTH) return { code: 'name-too-long', offset: start };
  let offset = start;
  for (const component of path.split('/')) {
    const valid = PATH_COMPONENT.exec(component)?.[0].length ?? 0;
    if (valid < component.length || valid === 0) return { code: 'repository', offset: offset + valid };
    offset += component.length + 1;
  }
  return null;
}

function tagFault(text: string, [start, end]: readonly [number, number]): Fault | null {
  const tag = text.slice(start, end);
  const foreign = tag.search(/^[.-]|[^A-Za-z0-9_.-]/);
  if (tag === '' || foreign !== -1) return { code: 'tag', offset: start + Math.max(foreign, 0) };
  return tag.length > MAX_TAG_LENGTH ? { code: 'tag-too-long', offset: start + MAX_TAG_LENGTH } : null;
}

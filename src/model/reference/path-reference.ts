import type { Fault } from './problem.js';
import { parseRegistryReference } from './registry-reference.js';
import type { PathReference, PathTransport } from './types.js';

const INDEX = /^@[0-9]+$/;
const OCI_NAME = /^[A-Za-z0-9]+(?:(?:--|[-._:@+/])[A-Za-z0-9]+)*$/;

/** Far more than any registry name or annotation has, and short enough for the patterns above. */
const MAX_REST_LENGTH = 1024;

/**
 * Parses what follows `transport:`, from `start` on. Only `dir` takes a `:` as part of the path.
 * Source: containers-transports(5), and ParseReference of docker/archive, oci/archive and oci/layout in
 * go.podman.io/image.
 */
export function parsePathReference(
  text: string,
  transport: PathTransport,
  start: number,
): PathReference | Fault {
  const colon = transport === 'dir' ? -1 : text.indexOf(':', start);
  const path = text.slice(start, colon === -1 ? text.length : colon);
  if (path === '') return { code: 'path-missing', offset: start };
  // `oci:path:` and `oci:path` are the same to podman; `docker-archive:path:` is an error.
  if (colon === -1 || (colon === text.length - 1 && transport !== 'docker-archive')) {
    return { text, transport, path, rest: null };
  }
  const rest = text.slice(colon + 1);
  const isImage = transport === 'docker-archive' ? isTaggable(rest) : isOciImage(rest);
  return isImage ? { text, transport, path, rest } : { code: 'archive-image', offset: colon + 1 };
}

function isTaggable(rest: string): boolean {
  if (INDEX.test(rest)) return true;
  const reference = parseRegistryReference(rest, 0);
  return !('code' in reference) && reference.digest === null;
}

function isOciImage(rest: string): boolean {
  return rest.length <= MAX_REST_LENGTH && (INDEX.test(rest) || OCI_NAME.test(rest));
}

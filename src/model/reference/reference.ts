import { unprintableAt } from '../../text/printable.js';
import { parsePathReference } from './path-reference.js';
import type { Fault, ReferenceProblem } from './problem.js';
import { parseRegistryReference } from './registry-reference.js';
import type { PathTransport, Reference } from './types.js';

export { canonicalName, onDockerHub, repositoryName } from './name.js';
export { describeReferenceProblem, type ReferenceProblem, type ReferenceProblemCode } from './problem.js';
export type { PathReference, PathTransport, Reference, RegistryReference } from './types.js';

const DOCKER = 'docker://';
const PATH_TRANSPORTS: ReadonlySet<string> = new Set<PathTransport>([
  'docker-archive',
  'oci-archive',
  'oci',
  'dir',
]);

/** Transports of containers-transports(5) that name nothing to pull, and those of ostree's own image names. */
const OTHER_TRANSPORT =
  /^(?:atomic|containers-storage|docker-daemon|ostree(?:-unverified-registry|-unverified-image|-image-signed|-remote-registry|-remote-image)?|sif|tarball):/;

/** Helm writes `oci://registry/…`, where `oci:` to podman is a path. */
const URL_SCHEME = /^(?:oci:\/\/(?!\/)|(?!(?:docker-archive|oci-archive|oci|dir):)[a-z][a-z0-9+.-]*:\/\/)/i;

export type ParsedReference =
  | { readonly ok: true; readonly reference: Reference }
  | { readonly ok: false; readonly problem: ReferenceProblem };

/**
 * Parses the text of an image reference as `podman pull` reads it; never throws.
 * A name with no registry is short, but `docker://name` is `docker.io/library/name`, and `docker:name` is the
 * short name `docker` with a tag. Source: Pull in go.podman.io/common/libimage/pull.go.
 */
export function parseReference(text: string): ParsedReference {
  const reference = parse(text);
  if (!('code' in reference)) return { ok: true, reference };
  const { code, offset, candidate } = reference;
  const isValid = candidate !== undefined && !('code' in parse(candidate));
  return { ok: false, problem: { code, offset, replacement: isValid ? candidate : null } };
}

function parse(text: string): Reference | Fault {
  if (text === '') return { code: 'empty', offset: 0 };
  if (text.startsWith('-')) return { code: 'leading-dash', offset: 0 };
  // systemd expands `$NAME` in the command line that quadlet makes from the reference.
  const shell = text.search(/[$`]/);
  if (shell !== -1) return { code: 'shell-text', offset: shell };

  const transport = text.slice(0, text.indexOf(':') + 1);
  const other = OTHER_TRANSPORT.exec(transport)?.[0];
  if (other !== undefined) {
    const rest = text.slice(other.length);
    return other === 'ostree-unverified-registry:'
      ? { code: 'unsupported-transport', offset: 0, candidate: rest }
      : { code: 'unsupported-transport', offset: 0 };
  }
  const start = text.startsWith(DOCKER) ? DOCKER.length : 0;
  const scheme = start === 0 ? URL_SCHEME.exec(text)?.[0] : undefined;
  if (scheme !== undefined) return { code: 'url-scheme', offset: 0, candidate: text.slice(scheme.length) };

  const name = transport.slice(0, -1);
  if (isPathTransport(name)) {
    return invisibleFault(text) ?? parsePathReference(text, name, transport.length);
  }
  const blank = text.search(/\s/);
  if (blank !== -1) return { code: 'blank', offset: blank, candidate: text.trim() };
  return invisibleFault(text) ?? imageIdFault(text, start) ?? parseRegistryReference(text, start);
}

function isPathTransport(name: string): name is PathTransport {
  return PATH_TRANSPORTS.has(name);
}

function invisibleFault(text: string): Fault | null {
  const offset = unprintableAt(text);
  return offset === -1 ? null : { code: 'control-character', offset };
}

/** podman looks both forms up in the store instead of asking a registry. */
function imageIdFault(text: string, start: number): Fault | null {
  return /^(?:sha256:|[a-f0-9]{64}$)/.test(text.slice(start)) ? { code: 'image-id', offset: start } : null;
}

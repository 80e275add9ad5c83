import { canonicalName } from '../model/reference/name.js';
import { parseRegistryReference } from '../model/reference/registry-reference.js';
import type { PathReference } from '../model/reference/types.js';
import { parseJson } from '../text/json.js';
import { isObject } from '../text/shape.js';
import { isDigest } from './digests.js';
import { ArchiveProblem } from './problem.js';

/** What podman reads of such a list at most (go.podman.io/image internal/iolimits). */
export const maxListBytes = 4 * 1024 * 1024;

/** The file of an archive or layout that says which images are in it, under which names; `dir:` has none. */
export function listName({ transport }: Pick<PathReference, 'transport'>): string | undefined {
  if (transport === 'dir') return undefined;
  return transport === 'docker-archive' ? 'manifest.json' : 'index.json';
}

/**
 * The same list, of the image that is asked for, without a name: podman gives an image the names that an archive has
 * for it, and takes them from any image of this host. What a root says in its archive is to name nothing before it has
 * booted.
 *
 * @throws ArchiveProblem
 */
export function withoutNames(
  { transport, rest }: Pick<PathReference, 'transport' | 'rest'>,
  content: Buffer,
): Buffer {
  const file = listName({ transport }) ?? '';
  const list = parse(content, file);
  const images = transport === 'docker-archive' ? list : Object(list).manifests;
  if (!Array.isArray(images) || !images.every(isObject))
    throw new ArchiveProblem(`${file} in it lists no images`);
  const isNamed = transport === 'docker-archive' ? hasTag : hasRefName;
  const index = rest === null ? undefined : /^@(\d+)$/.exec(rest)?.[1];
  const wanted =
    rest === null ? images : [index === undefined ? images.find(isNamed(rest)) : images[Number(index)]];
  if (!wanted.every((image) => image !== undefined)) throw new ArchiveProblem(`it has no image ${rest}`);
  const written =
    transport === 'docker-archive'
      ? wanted.map(({ Config, Layers }) => ({ Config, RepoTags: null, Layers }))
      : { ...versionOf(list), manifests: wanted.map(descriptor) };
  return Buffer.from(JSON.stringify(written));
}

type Table = Readonly<Record<string, unknown>>;

function parse(content: Buffer, file: string): unknown {
  const parsed = parseJson(content.toString('utf8'));
  if (!parsed.ok) throw new ArchiveProblem(`${file} in it is not JSON`);
  return parsed.value;
}

const hasTag = (rest: string) => {
  const wanted = fullName(rest);
  return ({ RepoTags: tags }: Table) =>
    Array.isArray(tags) && tags.some((tag) => typeof tag === 'string' && fullName(tag) === wanted);
};

const hasRefName =
  (rest: string) =>
  ({ annotations }: Table) =>
    isObject(annotations) && annotations['org.opencontainers.image.ref.name'] === rest;

/** As podman completes it: without a registry it is one of Docker Hub. */
function fullName(text: string): string | undefined {
  const transport = 'docker://';
  const parsed = parseRegistryReference(`${transport}${text}`, transport.length);
  return 'code' in parsed ? undefined : canonicalName(parsed);
}

function versionOf(list: unknown): Table {
  const { schemaVersion, mediaType } = Object(list) as Table;
  return { schemaVersion, mediaType };
}

function descriptor({ mediaType, digest, size, platform }: Table): Table {
  if (!isDigest(digest)) throw new ArchiveProblem('index.json in it names a digest that is none');
  return { mediaType, digest, size, platform };
}

import { ArchiveProblem } from '../../archive/problem.js';
import { type ImageTree, imageTree } from '../../layers/image-tree.js';
import { newAllowance } from '../../layers/layer-entries.js';
import { type Contents, readContents } from '../../layers/table-of-contents.js';
import { joinRootPath, type RootPath, rootPath } from '../../model/path.js';
import type { Payload } from '../../model/payload.js';
import type { Asker } from '../../pull/ask-registry.js';
import { rootView } from '../../root/root-view.js';
import type { Failed } from '../../tools/registry/found.js';
import { parseLayerTocs } from '../../tools/registry/layer-tocs.js';
import type { SeenPayload } from './payloads.js';

/** Of the question that failed: it goes through what reads a table. */
class PartProblem extends Error {
  readonly failed: Failed;
  constructor(failed: Failed) {
    super(failed.failure.message);
    this.failed = failed;
  }
}

/**
 * The payloads of an image, as far as tables of contents tell: all of its layers have one (zstd:chunked, eStargz), and all
 * can be read. Else nothing is known of any. No layer is fetched for it, only the tables.
 *
 * @param manifestText of the image for one platform
 */
export async function seenInTables(
  payloads: readonly Payload[],
  manifestText: string,
  repository: string,
  ask: Pick<Asker, 'part'>,
): Promise<readonly SeenPayload[] | Failed> {
  const paths = payloads.filter(({ source }) => source.kind === 'path');
  const tocs = parseLayerTocs(manifestText);
  if (paths.length === 0 || tocs.kind === 'unreadable' || tocs.layers.length === 0) return [];
  const allowance = newAllowance();
  const layers: Contents[] = [];
  try {
    if (tocs.layers.includes(null)) return [];
    for (const toc of tocs.layers) {
      const name = `${repository}@${toc?.digest}`;
      const readPart = async (from: number, to: number) => {
        const part = await ask.part(name, from, to);
        if (part.kind === 'failed') throw new PartProblem(part);
        return part.bytes;
      };
      const contents = toc && (await readContents(toc, readPart, allowance));
      if (contents === null) return [];
      layers.push(contents);
    }
    const tree = imageTree(allowance);
    for (const { entries } of layers) tree.add(entries);
    return paths.flatMap((payload) => seenInTree(payload, tree, layers));
  } catch (error) {
    if (error instanceof PartProblem) return error.failed;
    if (error instanceof ArchiveProblem) return [];
    throw error;
  }
}

function seenInTree(payload: Payload, tree: ImageTree, layers: readonly Contents[]): readonly SeenPayload[] {
  const { source } = payload;
  if (source.kind !== 'path') return [];
  const walked = rootView(tree, 'new', null).resolve(rootPath(source.path));
  switch (walked.kind) {
    case 'missing':
    case 'not-a-directory':
    case 'loop':
      return [{ payload, kind: 'absent', others: [] }];
    case 'directory':
      return [{ payload, kind: 'file', bytes: bytesBelow(walked.path, tree), digest: null }];
    case 'file': {
      const stat = tree.stat(walked.path);
      const place = tree.placeOf(walked.path);
      const digest = place && layers[place.layer]?.digests.get(place.path);
      // A table that lacks it tells no digest that could differ.
      if (stat.kind !== 'file' || !digest) return [];
      return [{ payload, kind: 'file', bytes: stat.sizeBytes, digest }];
    }
    default:
      // A device, of which the taking out has its own words.
      return [];
  }
}

function bytesBelow(directory: RootPath, tree: ImageTree): number {
  const open = [directory];
  let sum = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const read = tree.readDirectory(at);
    for (const name of read.ok ? read.names : []) {
      const path = joinRootPath(at, name);
      const stat = tree.stat(path);
      if (stat.kind === 'directory') open.push(path);
      else if (stat.kind === 'file') sum += stat.sizeBytes;
    }
  }
  return sum;
}

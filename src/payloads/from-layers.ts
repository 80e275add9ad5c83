import { ArchiveProblem } from '../archive/problem.js';
import { type LayerMember, newAllowance, readLayerMembers } from '../layers/layer-entries.js';
import { unpacked } from '../layers/unpacked.js';
import { mostEntries, type Output } from './output.js';
import { nameIn, notTaken, notThere, throughTooManyLinks } from './problem.js';

/** A layer of an image that lies on no disk. */
export interface LayerBlob {
  /** Its bytes, which are those of its digest once the last one has come. @throws what keeps them from coming */
  open(): AsyncIterable<Buffer>;
}

/** MAXSYMLINKS of Linux (include/linux/namei.h). */
const mostLinks = 40;
/** How often a layer is read once more where hard links lead to hard links. */
const mostRereads = 4;

/**
 * Takes a file or directory out of the layers of an image, as it would be in its root. The top is read first: what it
 * says of a path, no layer below can change, and once nothing below counts, nothing of that is read. Where a link leads
 * elsewhere, layers are read once more for that.
 * Source: OCI image-spec, layer.md.
 *
 * @param layers the base first
 * @param path absolute
 * @throws PayloadProblem, ArchiveProblem, what a layer throws
 */
export async function takeFromLayers(
  layers: readonly LayerBlob[],
  path: string,
  output: Output,
): Promise<void> {
  let hops = 0;

  /** Follows links to the end, and takes what is there, if it is to be taken. Returns the names that lead there. */
  async function find(names: readonly string[], to: Output | undefined): Promise<readonly string[]> {
    let at = await withoutParents(names);
    for (;;) {
      const found = await descend(layers, newSearch(at, to));
      if (found === 'missing') throw notThere(path);
      if (found === 'found') return at;
      hops += 1;
      if (hops > mostLinks) throw throughTooManyLinks(path);
      const { depth, target } = found;
      // What leads to a link are directories, so that it may climb from there without a look.
      const above = target.startsWith('/') ? [] : at.slice(0, depth - 1);
      const [begin, rest] = climb(above, namesOf(target));
      at = await withoutParents([...rest, ...at.slice(depth)], begin);
    }
  }

  /** Where `..` leads depends on links among the names before it. @param begin what is no link */
  async function withoutParents(
    names: readonly string[],
    begin: readonly string[] = [],
  ): Promise<readonly string[]> {
    const at = names.indexOf('..');
    if (at === -1) return [...begin, ...names];
    const before = at === 0 ? begin : await find([...begin, ...names.slice(0, at)], undefined);
    return await withoutParents(names.slice(at + 1), before.slice(0, -1));
  }

  await find(namesOf(path), output);
}

const namesOf = (path: string) => path.split('/').filter((name) => name !== '' && name !== '.');

function climb(
  begin: readonly string[],
  names: readonly string[],
): readonly [readonly string[], readonly string[]] {
  const first = names.findIndex((name) => name !== '..');
  const up = first === -1 ? names.length : first;
  return [begin.slice(0, Math.max(0, begin.length - up)), names.slice(up)];
}

/** A link that the first so many names lead to, or that something is there, and was taken. */
type Found = 'missing' | 'found' | { readonly depth: number; readonly target: string };

async function descend(layers: readonly LayerBlob[], search: Search): Promise<Found> {
  for (const layer of layers.toReversed()) {
    const reading = search.begin();
    await visit(layer, reading.see);
    for (let count = 0; reading.isIncomplete(); count += 1) {
      if (count === mostRereads) throw new ArchiveProblem('too many hard links in it lead to each other');
      await visit(layer, reading.seeAgain);
      reading.endAgain();
    }
    const found = reading.end();
    if (found !== undefined) return found;
  }
  return search.end();
}

async function visit(layer: LayerBlob, see: (member: LayerMember) => Promise<void>): Promise<void> {
  await unpacked(layer.open(), (plain) => readLayerMembers(plain, see, newAllowance()));
}

/** OCI image-spec, layer.md, “Whiteouts”. */
const whiteout = '.wh.';
const opaque = '.wh..wh..opq';
/** Names that aufs kept for itself. */
const ofAufs = '.wh..wh.';

interface Search {
  /** Begins the next layer from the top. */
  begin(): LayerReading;
  /** What was found when there are no more layers. */
  end(): Found;
}

interface LayerReading {
  see(member: LayerMember): Promise<void>;
  /** Whether files are wanted of which only another name was seen. */
  isIncomplete(): boolean;
  seeAgain(member: LayerMember): Promise<void>;
  /** @throws ArchiveProblem where the layer has none of them */
  endAgain(): void;
  /** What is decided with this layer; `undefined` where those below count, too. */
  end(): Found | undefined;
}

type Known = 'directory' | 'file' | 'other' | { readonly target: string };

/**
 * What layers say of one path, without links on its way, and of all that is below it. Other paths are not remembered.
 *
 * @param output undefined: it is only looked for, and must be a directory
 */
function newSearch(names: readonly string[], output: Output | undefined): Search {
  const target = names.join('/');
  const way = [...names.keys()].map((count) => names.slice(0, count).join('/'));
  const parents = new Set(way);
  /** Of the layers that were read, as they are seen through each other. */
  const known = new Map<string, Known>([['', 'directory']]);
  /** Nothing of it in layers below counts; nothing of what is in it. */
  const gone = new Set<string>();
  const closed = new Set<string>();

  const isTaken = (path: string) =>
    target === '' || path === target || (path.startsWith(target) && path[target.length] === '/');
  const isRelevant = (path: string) => parents.has(path) || isTaken(path);
  /** Relative to what is taken. */
  const inside = (path: string) => (target === '' ? path : path.slice(target.length + 1));

  /** Whether layers above hide it. */
  function isHidden(path: string): boolean {
    if (gone.has(path)) return true;
    for (const above of pathsAbove(path)) {
      const kind = known.get(above);
      if (gone.has(above) || closed.has(above) || (kind !== undefined && kind !== 'directory')) return true;
    }
    return false;
  }

  function decide(): Found | undefined {
    for (const [depth, at] of [...way, target].entries()) {
      const kind = known.get(at);
      if (kind === undefined) break;
      if (typeof kind === 'object') return { depth, target: kind.target };
      if (kind !== 'directory') return at === target && output !== undefined ? 'found' : 'missing';
    }
    if (output === undefined && known.get(target) === 'directory') return 'found';
    const isCut = [...way, target].some((at) => gone.has(at) || closed.has(at));
    return isCut ? end() : undefined;
  }

  function end(): Found {
    if (known.get(target) !== 'directory') return 'missing';
    output?.directory('');
    return 'found';
  }

  function begin(): LayerReading {
    const mine = new Map<string, Known>();
    const hides = { gone: new Set<string>(), closed: new Set<string>() };
    /** Files that this layer has given, and those of which other names are to be taken, by their paths in it. */
    const given = new Map<string, string>();
    let wanted = new Map<string, string[]>();
    let isFruitful = false;

    /** @returns whether it is new in this layer, and seen through those above */
    function mark(path: string, kind: Known): boolean {
      const before = mine.get(path);
      if (before === 'directory' && kind === 'directory') return false;
      if (before !== undefined) {
        const isWay = before === 'directory' || kind === 'directory';
        const problem = isWay ? 'is a directory, and something else as well' : 'is there twice';
        throw new ArchiveProblem(`${nameIn(path)} ${problem}`);
      }
      if (mine.size + known.size + hides.gone.size + hides.closed.size > mostSeen)
        throw new ArchiveProblem(`it has more than ${mostEntries} entries where only so many are taken`);
      mine.set(path, kind);
      return isTaken(path) && !known.has(path) && !isHidden(path);
    }

    async function see(member: LayerMember): Promise<void> {
      const { path } = member;
      const slash = path.lastIndexOf('/');
      const [parent, name] = [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
      if (name.startsWith(ofAufs) && name !== opaque) return;
      for (const above of pathsAbove(path))
        if (isRelevant(above) && mark(above, 'directory')) output?.directory(inside(above));
      if (name === opaque) {
        if (isRelevant(parent)) hides.closed.add(parent);
      } else if (name.startsWith(whiteout)) {
        const hidden = path.slice(0, path.length - name.length) + name.slice(whiteout.length);
        if (isRelevant(hidden)) hides.gone.add(hidden);
      } else if (isRelevant(path) && mark(path, knownOf(member))) await take(member);
    }

    async function take(member: LayerMember): Promise<void> {
      const path = inside(member.path);
      switch (member.kind) {
        case 'file':
          await output?.file(path, isExecutable(member), member.pieces());
          given.set(member.path, path);
          break;
        case 'hard-link': {
          const same = given.get(member.target);
          if (same === undefined) want(member.target, [path]);
          else await output?.copy(path, same);
          break;
        }
        case 'directory':
          output?.directory(path);
          break;
        case 'symlink':
          // At the end of the path it is followed.
          if (path !== '') output?.symlink(path, member.target);
          break;
        default:
          throw notTaken(member.path, kindWords[member.kind]);
      }
    }

    function want(path: string, names: readonly string[]): void {
      if (output !== undefined) wanted.set(path, [...(wanted.get(path) ?? []), ...names]);
    }

    async function seeAgain(member: LayerMember): Promise<void> {
      const [first, ...others] = wanted.get(member.path) ?? [];
      if (first === undefined || output === undefined) return;
      isFruitful = true;
      wanted.delete(member.path);
      if (member.kind === 'hard-link') want(member.target, [first, ...others]);
      else if (member.kind !== 'file') throw notTaken(member.path, 'a hard link to no file');
      else {
        await output.file(first, isExecutable(member), member.pieces());
        for (const other of others) await output.copy(other, first);
      }
    }

    function endAgain(): void {
      const [missing] = wanted.keys();
      if (missing !== undefined && !isFruitful)
        throw new ArchiveProblem(`a hard link in it leads to ${nameIn(missing)}, which it lacks`);
      isFruitful = false;
    }

    function endLayer(): Found | undefined {
      const seen = [...mine].filter(([path]) => !isHidden(path));
      for (const [path, kind] of seen) {
        const above = known.get(path);
        if (above === undefined) known.set(path, kind);
        // What a layer above has made a directory again, was none below.
        else if (above === 'directory' && kind !== 'directory') closed.add(path);
      }
      for (const path of hides.gone) gone.add(path);
      for (const path of hides.closed) closed.add(path);
      wanted = new Map();
      return decide();
    }

    return { see, isIncomplete: () => wanted.size > 0, seeAgain, endAgain, end: endLayer };
  }

  return { begin, end };
}

/** The ways to what is taken are few. */
const mostSeen = 4 * mostEntries;

const kindWords = { device: 'a device', fifo: 'a FIFO', 'sparse-file': 'a sparse file' } as const;

function knownOf(member: LayerMember): Known {
  switch (member.kind) {
    case 'directory':
      return 'directory';
    case 'symlink':
      return { target: member.target };
    case 'file':
    case 'hard-link':
      return 'file';
    default:
      return 'other';
  }
}

function isExecutable({ mode }: { readonly mode: number }): boolean {
  return (mode & 0o111) !== 0;
}

/** The directories that it is in, the root first; the root is in none. */
function* pathsAbove(path: string): Generator<string> {
  if (path === '') return;
  yield '';
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) yield path.slice(0, at);
}

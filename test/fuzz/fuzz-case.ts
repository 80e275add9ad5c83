import { decodeName } from '../../src/model/path.js';
import { nodeOf, symlink, type TreeSpec } from '../support/tree-spec.js';
import { type BaseRoots, baseRoots, contents, type FileKind, kindOf } from './corpus.js';
import { mutate } from './mutate.js';
import { newPlace } from './new-place.js';
import { type Random, randomOf } from './random.js';
import { tokens } from './tokens.js';

export type InputKind = FileKind | 'entry' | 'settings' | 'current root';

/** Roots to check, made from a seed and a number: the same two make the same roots. */
export interface FuzzCase extends BaseRoots {
  /** The text of a file of settings. */
  readonly settings: string;
  /** What was changed, one for each file or name. */
  readonly inputs: readonly InputKind[];
  /** The lengths of the files that were changed, together. */
  readonly sizeBytes: number;
}

interface Draft {
  readonly random: Random;
  readonly newRoot: Record<string, TreeSpec[string]>;
  readonly currentRoot: Record<string, TreeSpec[string]>;
  readonly inputs: InputKind[];
  sizeBytes: number;
}

const settings = Buffer.from(
  'strict = true\n\n[rules]\nreference-floating = "off"\nunit-auto-update = "error"\n',
);

/** The kinds of which a root may have many files, and how they are read does not depend on one another. */
const kindsOfMany: readonly FileKind[] = [
  'unit',
  'unit',
  'unit',
  'unit drop-in',
  'TOML drop-in',
  'TOML drop-in',
  'auth file',
  'YAML',
  'registries.conf',
  'storage.conf',
];

export function fuzzCase(seed: number, index: number): FuzzCase {
  const random = randomOf(seed, index);
  // The last has much of every grammar.
  const base = (random.chance(0.3) ? baseRoots.at(-1) : undefined) ?? random.pick(baseRoots);
  const draft: Draft = {
    random,
    newRoot: { ...base.newRoot },
    currentRoot: { ...base.currentRoot },
    inputs: [],
    sizeBytes: 0,
  };
  for (let n = random.size(4); n > 0; n -= 1) {
    if (random.chance(0.1)) changeEntry(draft);
    else if (random.chance(0.05)) changeFile(draft, draft.currentRoot, 'current root');
    else changeFile(draft, draft.newRoot);
  }
  // Many in one root take little longer than one.
  if (random.chance(0.6)) for (let n = 0; n < 40; n += 1) addFile(draft, `f${n}`);
  const text = random.chance(0.05) ? changedSettings(draft) : settings;
  const { newRoot, currentRoot, inputs, sizeBytes } = draft;
  return { newRoot, currentRoot, settings: text.toString('utf8'), inputs, sizeBytes };
}

function changeFile(draft: Draft, root: Draft['newRoot'], input?: InputKind): void {
  const { random } = draft;
  const paths = Object.keys(root).filter((path) => nodeOf(root[path] ?? '').kind === 'file');
  if (paths.length === 0) return;
  const path = random.pick(paths);
  const node = nodeOf(root[path] ?? '');
  if (node.kind !== 'file') return;
  const kind = kindOf(path);
  const content = random.chance(0.5)
    ? mutate(Buffer.from(node.content), random, donorsFor(kind, random))
    : changedContent(kind, random);
  root[path] = { ...node, content, ...(random.chance(0.05) && { mode: random.below(0o10000) }) };
  note(draft, input ?? kind, content);
}

function addFile(draft: Draft, name: string): void {
  const kind = draft.random.pick(kindsOfMany);
  const { path, others } = newPlace(kind, name, draft.random);
  const content = changedContent(kind, draft.random);
  Object.assign(draft.newRoot, others, { [path]: content });
  note(draft, kind, content);
}

function changedSettings(draft: Draft): Buffer {
  const text = mutate(settings, draft.random, donorsFor('TOML drop-in', draft.random));
  note(draft, 'settings', text);
  return text;
}

function note(draft: Draft, input: InputKind, content: Buffer): void {
  draft.inputs.push(input);
  draft.sizeBytes += content.length;
}

function changedContent(kind: FileKind, random: Random): Buffer {
  const donors = donorsFor(kind, random);
  return mutate(random.pick(donors), random, donors);
}

/** Mostly what is of the same grammar. */
function donorsFor(kind: FileKind, random: Random): readonly Buffer[] {
  const own = contents.get(kind) ?? [];
  return own.length > 0 && random.chance(0.9) ? own : [...contents.values()].flat();
}

/** Another name, or a link to somewhere else, or no file. */
function changeEntry({ random, newRoot, inputs }: Draft): void {
  const path = random.pick(Object.keys(newRoot));
  const node = newRoot[path];
  if (node === undefined) return;
  inputs.push('entry');
  const slash = path.lastIndexOf('/');
  if (random.chance(0.5)) {
    const name = nameOf(mutate(Buffer.from(path.slice(slash + 1)), random, tokens));
    delete newRoot[path];
    newRoot[`${path.slice(0, slash)}/${name}`] = node;
  } else if (random.chance(0.8)) {
    const paths = Object.keys(newRoot).map((other) => `/${other}`);
    const target = random.pick([
      `/${path}`,
      '.',
      '..',
      '/',
      '/dev/null',
      '../'.repeat(random.size(64)),
      ...paths,
    ]);
    newRoot[path] = symlink(
      random.chance(0.3) ? targetOf(mutate(Buffer.from(target), random, tokens)) : target,
    );
  } else newRoot[path] = { kind: random.pick(['directory', 'fifo']) };
}

/** What the kernel takes as a name: at most 255 bytes, without slash and NUL. Bytes that are not UTF-8 are kept. */
function nameOf(bytes: Buffer): string {
  const name = decodeName(bytes.subarray(0, 255).filter((byte) => byte !== 0 && byte !== 0x2f) as Buffer);
  return ['', '.', '..'].includes(name) ? 'name' : name;
}

/** What the kernel takes as the target of a link. */
function targetOf(bytes: Buffer): string {
  return decodeName(bytes.subarray(0, 4095).filter((byte) => byte !== 0) as Buffer) || '.';
}

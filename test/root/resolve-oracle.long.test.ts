import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HostPath, rootPath } from '../../src/model/path.js';
import { diskTree } from '../../src/root/disk-tree.js';
import { type Resolution, rootView } from '../../src/root/root-view.js';
import { makeOracle, type OracleAnswer } from '../support/chroot.js';
import { dir, fifo, makeTree, symlink, type TreeSpec } from '../support/tree.js';

const oracle = makeOracle();

/** What the system answers if `found` is right. */
function answerFor(found: Resolution): OracleAnswer {
  switch (found.kind) {
    case 'file':
    case 'directory':
    case 'other':
      return { kernel: found.kind, readlink: found.path };
    case 'missing':
      return { kernel: 'nothing', readlink: found.isLast ? found.path : 'No such file or directory' };
    case 'not-a-directory':
      return { kernel: 'nothing', readlink: 'Not a directory' };
    case 'loop':
      return { kernel: 'loop', readlink: '' };
    default:
      throw new Error(`not among the generated trees: ${found.kind}`);
  }
}

/** For each path, what the view says and what the system says, in the same words. */
function compare(root: HostPath, paths: readonly string[]) {
  const view = rootView(diskTree(root), 'new');
  const answers = oracle(root, paths);
  return paths.map((path, at) => {
    const expected = answers[at];
    const found = view.resolve(rootPath(path));
    const actual = answerFor(found);
    if (found.kind === 'missing' && /\/\.\/*$/.test(path)) {
      // rootPath() makes a slash of `/.` at the end, and readlink -f allows only the slash after what is missing.
      return { path, actual: actual.kernel, expected: expected?.kernel };
    }
    return { path, actual, expected };
  });
}

const name = fc.constantFrom('a', 'b', 'c', 'd e', '\udcff');
const component = fc.oneof(
  { weight: 6, arbitrary: name },
  { weight: 3, arbitrary: fc.constant('..') },
  { weight: 1, arbitrary: fc.constantFrom('.', '') },
);
const anyPath = fc
  .tuple(
    fc.constantFrom('', '/'),
    fc.array(component, { minLength: 1, maxLength: 6 }),
    fc.constantFrom('', '', '/'),
  )
  .map(([start, names, end]) => start + names.join('/') + end)
  .filter((path) => path !== '');

interface GeneratedNode {
  readonly at: readonly string[];
  readonly node: 'file' | 'directory' | 'fifo' | { readonly target: string };
}

const generatedNode: fc.Arbitrary<GeneratedNode> = fc.record({
  at: fc.array(name, { minLength: 1, maxLength: 3 }),
  node: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom('file', 'fifo') },
    { weight: 2, arbitrary: fc.constant('directory') },
    { weight: 5, arbitrary: anyPath.map((target) => ({ target })) },
  ),
});

/** A tree in which each node is kept that has no file or link above it and nothing in its place. */
function specOf(nodes: readonly GeneratedNode[]): TreeSpec {
  const spec: Record<string, TreeSpec[string]> = {};
  const directories = new Set<string>();
  for (const { at, node } of nodes) {
    const path = at.join('/');
    const parents = at.slice(0, -1).map((_, end) => at.slice(0, end + 1).join('/'));
    if (path in spec || directories.has(path) || parents.some((parent) => parent in spec)) continue;
    for (const parent of parents) directories.add(parent);
    if (node === 'directory') directories.add(path);
    else if (node === 'file') spec[path] = path;
    else spec[path] = node === 'fifo' ? fifo() : symlink(node.target);
  }
  return { ...Object.fromEntries([...directories].map((path) => [`${path}/`, dir()])), ...spec };
}

test('resolves every path as chroot and readlink -f do', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(
      fc.array(generatedNode, { minLength: 3, maxLength: 20 }),
      fc.array(anyPath, { minLength: 15, maxLength: 25 }),
      (nodes, paths) => {
        const spec = specOf(nodes);
        const all = [...Object.keys(spec), ...paths];
        for (const { path, actual, expected } of compare(makeTree(spec), all)) {
          expect({ path, answer: actual }).toEqual({ path, answer: expected });
        }
      },
    ),
    { numRuns: 150 },
  );
});

test.each([
  { name: 'an absolute link', path: 'absolute', spec: { 'd/f': '', absolute: symlink('/d/f') } },
  { name: 'a link that climbs over the root', path: 'up', spec: { 'd/f': '', up: symlink('../../../d/f') } },
  {
    name: '.. after a link to a directory',
    path: 'link/../f',
    spec: { 'd/f': '', 'd/e/': dir(), link: symlink('d/e') },
  },
  { name: '.. at the root', path: '/../../f', spec: { f: '' } },
  { name: 'a missing last component', path: 'd/none', spec: { 'd/': dir() } },
  { name: 'a missing last component with a slash', path: 'd/none/', spec: { 'd/': dir() } },
  { name: 'a missing parent', path: 'none/f', spec: {} },
  { name: '.. after a missing component', path: 'none/../f', spec: { f: '' } },
  { name: 'a dangling link', path: 'link', spec: { link: symlink('d/none'), 'd/': dir() } },
  { name: 'a link to itself', path: 'link', spec: { link: symlink('link') } },
  { name: 'a link below itself', path: 'link', spec: { link: symlink('link/x') } },
  { name: 'two links to each other', path: 'a/x', spec: { a: symlink('b'), b: symlink('/a') } },
  { name: 'a file with a slash at the end', path: 'f/', spec: { f: '' } },
  { name: 'a file with /. at the end', path: 'f/.', spec: { f: '' } },
  { name: '.. after a file', path: 'f/..', spec: { f: '' } },
  { name: 'a component below a file', path: 'f/x', spec: { f: '' } },
  { name: 'a link to a file, its target with a slash', path: 'link', spec: { f: '', link: symlink('f/') } },
  { name: 'a link to a directory with a slash', path: 'link//', spec: { 'd/': dir(), link: symlink('d') } },
  { name: 'a FIFO', path: 'p', spec: { p: fifo() } },
  {
    name: 'a name that is not UTF-8',
    path: 'link',
    spec: { '\udcff\udc80é': '', link: symlink('\udcff\udc80é') },
  },
  { name: 'a name with a quote and a line break', path: "it's\nhere", spec: { "it's\nhere": '' } },
])('agrees with the oracle about $name', ({ path, spec }) => {
  const [result] = compare(makeTree(spec), [path]);
  expect(result?.actual).toEqual(result?.expected);
});

/** Links `l1` to `l<length>`: `l1` leads to the file `f`, each other link to the one before it. */
function chain(length: number): TreeSpec {
  const links = Array.from({ length }, (_, at) => [`l${at + 1}`, symlink(at === 0 ? 'f' : `l${at}`)]);
  return { f: '', d: symlink('.'), ...Object.fromEntries(links) };
}

test.each([
  { path: 'l40', hops: 40, kernel: 'file', kind: 'file' },
  { path: 'l41', hops: 41, kernel: 'loop', kind: 'loop' },
  { path: 'd/d/l38', hops: 40, kernel: 'file', kind: 'file' },
  { path: 'd/d/l39', hops: 41, kernel: 'loop', kind: 'loop' },
])('follows $hops hops ($path) as far as the kernel does', ({ path, kernel, kind }) => {
  const root = makeTree(chain(41));
  expect(oracle(root, [path])[0]?.kernel).toBe(kernel);
  expect(rootView(diskTree(root), 'new').resolve(rootPath(path)).kind).toBe(kind);
});

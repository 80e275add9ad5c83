import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HostPath, rootPath } from '../../src/model/path.js';
import { diskTree } from '../../src/root/disk-tree.js';
import { nextBootTree } from '../../src/root/next-boot-tree.js';
import { rootView } from '../../src/root/root-view.js';
import { dir, fifo, file, makeTree, symlink, type TreeSpec } from '../support/tree.js';

function nextBoot(newRoot: HostPath, currentRoot: HostPath) {
  return rootView(nextBootTree(diskTree(newRoot), diskTree(currentRoot)), 'new');
}

/** The file at `path` in the next boot: its text, or why there is none, and which root it is from. */
function look(newRoot: HostPath, currentRoot: HostPath, path: string): string {
  const read = nextBoot(newRoot, currentRoot).readFile(rootPath(path), { limitBytes: 1000 });
  if (!read.ok) return read.problem.kind;
  return `${read.hostPath.startsWith(newRoot) ? 'new' : 'current'}: ${read.bytes.toString()}`;
}

const UNTOUCHED = { 'usr/etc/keep': '', 'etc/keep': '' };

const LONG = 'x'.repeat(70_000);

// `before` and `now` are /usr/etc and /etc of the current deployment, `image` is /usr/etc of the new root.
test.each<{ name: string; before: TreeSpec; now: TreeSpec; image: TreeSpec; path: string; finds: string }>([
  {
    name: 'unchanged: the new one',
    before: { f: '1' },
    now: { f: '1' },
    image: { f: '2' },
    path: 'f',
    finds: 'new: 2',
  },
  {
    name: 'content changed',
    before: { f: '1' },
    now: { f: 'x' },
    image: { f: '2' },
    path: 'f',
    finds: 'current: x',
  },
  {
    name: 'longer content',
    before: { f: '1' },
    now: { f: '1x' },
    image: { f: '2' },
    path: 'f',
    finds: 'current: 1x',
  },
  {
    name: 'long content unchanged',
    before: { f: LONG },
    now: { f: LONG },
    image: { f: '2' },
    path: 'f',
    finds: 'new: 2',
  },
  {
    name: 'long content changed at its end',
    before: { f: `${LONG}1` },
    now: { f: `${LONG}x` },
    image: { f: '2' },
    path: 'f',
    finds: 'too-large',
  },
  {
    name: 'mode changed',
    before: { f: '1' },
    now: { f: file('1', { mode: 0o600 }) },
    image: { f: '2' },
    path: 'f',
    finds: 'current: 1',
  },
  {
    name: 'owner changed',
    before: { f: '1' },
    now: { f: file('1', { uid: 7 }) },
    image: { f: '2' },
    path: 'f',
    finds: 'current: 1',
  },
  {
    name: 'group changed',
    before: { f: '1' },
    now: { f: file('1', { gid: 7 }) },
    image: { f: '2' },
    path: 'f',
    finds: 'current: 1',
  },
  { name: 'deleted', before: { f: '1' }, now: {}, image: { f: '2' }, path: 'f', finds: 'missing' },
  { name: 'added', before: {}, now: { f: 'x' }, image: {}, path: 'f', finds: 'current: x' },
  {
    name: 'added on both sides',
    before: {},
    now: { f: 'x' },
    image: { f: '2' },
    path: 'f',
    finds: 'current: x',
  },
  { name: 'new in the image', before: {}, now: {}, image: { f: '2' }, path: 'f', finds: 'new: 2' },
  {
    name: 'unchanged, dropped from the image',
    before: { f: '1' },
    now: { f: '1' },
    image: {},
    path: 'f',
    finds: 'missing',
  },
  {
    name: 'changed, dropped from the image',
    before: { f: '1' },
    now: { f: 'x' },
    image: {},
    path: 'f',
    finds: 'current: x',
  },
  {
    name: 'link unchanged',
    before: { f: symlink('a') },
    now: { f: symlink('a') },
    image: { f: symlink('b'), b: '2' },
    path: 'f',
    finds: 'new: 2',
  },
  {
    name: 'link changed',
    before: { f: symlink('a') },
    now: { f: symlink('b') },
    image: { f: symlink('a'), b: '2' },
    path: 'f',
    finds: 'new: 2',
  },
  {
    name: 'masked',
    before: { f: '1' },
    now: { f: symlink('/dev/null') },
    image: { f: '2' },
    path: 'f',
    finds: 'new: ',
  },
  {
    name: 'file became link',
    before: { f: '1' },
    now: { f: symlink('g'), g: 'x' },
    image: { f: '1' },
    path: 'f',
    finds: 'current: x',
  },
  {
    name: 'a FIFO is not copied',
    before: {},
    now: { f: fifo() },
    image: { f: '2' },
    path: 'f',
    finds: 'missing',
  },
  {
    name: 'below a deleted directory',
    before: { 'd/f': '1' },
    now: {},
    image: { 'd/f': '1', 'd/g': '2' },
    path: 'd/g',
    finds: 'missing',
  },
  {
    name: 'below an added directory',
    before: {},
    now: { 'd/e/f': 'x' },
    image: { 'd/g': '2' },
    path: 'd/e/f',
    finds: 'current: x',
  },
  {
    name: "the image's part of an added directory",
    before: {},
    now: { 'd/e/f': 'x' },
    image: { 'd/g': '2' },
    path: 'd/g',
    finds: 'new: 2',
  },
  {
    name: 'changed in a dropped directory',
    before: { 'd/f': '1' },
    now: { 'd/f': 'x' },
    image: {},
    path: 'd/f',
    finds: 'current: x',
  },
  {
    name: 'unchanged beside it',
    before: { 'd/f': '1', 'd/g': '1' },
    now: { 'd/f': 'x', 'd/g': '1' },
    image: {},
    path: 'd/g',
    finds: 'missing',
  },
  {
    name: 'dropped directory whose mode changed',
    before: { 'd/f': '1' },
    now: { 'd/': dir({ mode: 0o700 }), 'd/f': '1' },
    image: {},
    path: 'd/f',
    finds: 'current: 1',
  },
  {
    name: 'kept directory whose mode changed',
    before: { 'd/f': '1' },
    now: { 'd/': dir({ mode: 0o700 }), 'd/f': '1' },
    image: { 'd/f': '2' },
    path: 'd/f',
    finds: 'new: 2',
  },
  {
    name: 'file became directory',
    before: { d: '1' },
    now: { 'd/f': 'x' },
    image: { d: '1' },
    path: 'd/f',
    finds: 'current: x',
  },
  {
    name: 'directory on both sides that was a file',
    before: { d: '1' },
    now: { 'd/f': 'x' },
    image: { 'd/g': '2' },
    path: 'd/f',
    finds: 'missing',
  },
  {
    name: 'a name that is not UTF-8',
    before: { '\udcff': '1' },
    now: { '\udcff': 'x' },
    image: { '\udcff': '2' },
    path: '\udcff',
    finds: 'current: x',
  },
])('merges /etc as ostree does: $name', ({ before, now, image, path, finds }) => {
  const current = makeTree({ ...UNTOUCHED, ...below('usr/etc', before), ...below('etc', now) });
  const commit = makeTree(below('usr/etc', { keep: '', ...image }));
  const deployment = makeTree({ ...UNTOUCHED, ...below('usr/etc', image), ...below('etc', image) });
  expect(look(commit, current, `/etc/${path}`)).toBe(finds);
  expect(look(deployment, current, `/etc/${path}`)).toBe(finds);
});

function below(directory: string, spec: TreeSpec): TreeSpec {
  return Object.fromEntries(Object.entries(spec).map(([name, node]) => [`${directory}/${name}`, node]));
}

test('lists what the merged directory holds', () => {
  const current = makeTree({
    'usr/etc/d/deleted': '1',
    'usr/etc/d/changed': '1',
    'usr/etc/d/dropped': '1',
    'etc/d/changed': 'x',
    'etc/d/dropped': '1',
    'etc/d/added': 'x',
  });
  const commit = makeTree({ 'usr/etc/d/deleted': '1', 'usr/etc/d/changed': '1', 'usr/etc/d/new': '2' });
  const view = nextBoot(commit, current);
  expect(view.readDirectory(rootPath('/etc/d'))).toEqual({
    ok: true,
    path: '/etc/d',
    hostPath: `${commit}/usr/etc/d`,
    names: ['added', 'changed', 'new'],
  });
  expect(view.readDirectory(rootPath('/'))).toMatchObject({ ok: true, names: ['etc', 'usr'] });
});

test('keeps the name /etc for what lies elsewhere', () => {
  const commit = makeTree({
    'usr/etc/d/f': '2',
    'usr/etc/link': symlink('../usr/lib/x'),
    'usr/x': '2',
    'usr/lib/x': '2',
  });
  const view = nextBoot(commit, makeTree({}));
  expect(view.resolve(rootPath('/etc/d/f'))).toEqual({
    kind: 'file',
    path: '/etc/d/f',
    hostPath: `${commit}/usr/etc/d/f`,
  });
  expect(view.resolve(rootPath('/etc/link'))).toMatchObject({ kind: 'file', path: '/usr/lib/x' });
  expect(view.resolve(rootPath('/usr/etc/d/f'))).toMatchObject({ kind: 'file', path: '/usr/etc/d/f' });
});

test('keeps what was carried over where the new root has no /etc at all', () => {
  const current = makeTree({ ...UNTOUCHED, 'etc/f': 'x' });
  const bare = makeTree({ 'usr/lib/': dir() });
  expect(look(bare, current, '/etc/f')).toBe('current: x');
  expect(nextBoot(bare, current).readDirectory(rootPath('/etc'))).toMatchObject({ ok: true, names: ['f'] });
  expect(nextBoot(bare, makeTree({})).resolve(rootPath('/etc'))).toMatchObject({ kind: 'missing' });
});

test('takes a new root whose /etc is a link as it is', () => {
  const linked = makeTree({ etc: symlink('config'), 'config/f': '2' });
  expect(look(linked, makeTree({ ...UNTOUCHED, 'etc/f': 'x' }), '/etc/f')).toBe('new: 2');
});

describe('carries nothing over', () => {
  const TRANSIENT = '[etc]\ntransient = true\n';
  const CONF = 'usr/lib/ostree/prepare-root.conf';
  const changed: TreeSpec = { ...UNTOUCHED, 'usr/etc/f': '1', 'etc/f': 'x', 'etc/added': 'x' };
  const image: TreeSpec = { 'usr/etc/f': '2' };

  test.each<{ name: string; current: TreeSpec; image: TreeSpec; finds: string }>([
    { name: 'but does from a deployment', current: changed, image, finds: 'current: x' },
    { name: 'from a root without /usr/etc', current: { 'etc/f': 'x' }, image, finds: 'new: 2' },
    { name: 'from a commit that is not deployed', current: { 'usr/etc/f': '1' }, image, finds: 'new: 2' },
    {
      name: 'from a commit with an empty /etc',
      current: { 'usr/etc/f': '1', 'etc/': dir() },
      image,
      finds: 'new: 2',
    },
    {
      name: 'to a transient /etc',
      current: changed,
      image: { ...image, [CONF]: TRANSIENT },
      finds: 'new: 2',
    },
    {
      name: 'to a transient /etc, written 1',
      current: changed,
      image: { ...image, [CONF]: '[etc]\ntransient=1' },
      finds: 'new: 2',
    },
    { name: 'from a transient /etc', current: { ...changed, [CONF]: TRANSIENT }, image, finds: 'new: 2' },
    {
      name: 'to an /etc that its own configuration makes transient',
      current: changed,
      image: { ...image, 'usr/etc/ostree/prepare-root.conf': TRANSIENT, [CONF]: '[etc]\ntransient = false' },
      finds: 'new: 2',
    },
    {
      name: 'but does where /etc/ostree replaces the vendor configuration',
      current: changed,
      image: { ...image, 'usr/etc/ostree/prepare-root.conf': '[root]\ntransient = true', [CONF]: TRANSIENT },
      finds: 'current: x',
    },
    {
      name: 'but does with transient = false',
      current: changed,
      image: { ...image, [CONF]: '[etc]\ntransient=false' },
      finds: 'current: x',
    },
    {
      name: 'but does with a configuration that makes no sense',
      current: changed,
      image: { ...image, [CONF]: 'etc=1\n[etc]\ntransient=true' },
      finds: 'current: x',
    },
  ])('$name', ({ current, image: files, finds }) => {
    expect(look(makeTree(files), makeTree(current), '/etc/f')).toBe(finds);
  });

  test('and finds /etc before /usr/etc then', () => {
    const root = makeTree({ 'etc/d/f': 'own', 'usr/etc/d/f': 'default', 'usr/etc/d/g': 'default' });
    const machine = makeTree({ 'etc/d/f': 'x' });
    expect(look(root, machine, '/etc/d/f')).toBe('new: own');
    expect(look(root, machine, '/etc/d/g')).toBe('new: default');
    expect(nextBoot(root, machine).readDirectory(rootPath('/etc/d'))).toMatchObject({ names: ['f', 'g'] });
  });

  test('through a link in one /etc to what the other has below it', () => {
    const root = makeTree({ 'etc/d/': dir(), 'usr/etc/d': symlink('/'), 'usr/f': '' });
    expect(look(root, makeTree({}), '/etc/d/usr/f')).toBe('missing');
  });
});

test('shows a deployment its own /etc when both roots are the same directory', () => {
  const root = makeTree({
    'usr/etc/unchanged': '1',
    'usr/etc/changed': '1',
    'usr/etc/deleted': '1',
    'etc/unchanged': '1',
    'etc/changed': 'x',
    'etc/added': 'x',
  });
  const view = nextBoot(root, root);
  expect(view.readDirectory(rootPath('/etc'))).toMatchObject({ names: ['added', 'changed', 'unchanged'] });
  for (const name of ['added', 'changed', 'unchanged']) {
    expect(view.resolve(rootPath(`/etc/${name}`))).toMatchObject({ hostPath: `${root}/etc/${name}` });
  }
});

describe('every answer', () => {
  const name = fc.constantFrom('a', 'b', 'etc', 'usr');
  const path = fc
    .array(fc.oneof({ weight: 3, arbitrary: name }, { weight: 1, arbitrary: fc.constant('..') }), {
      minLength: 1,
      maxLength: 6,
    })
    .map((names) => names.join('/'));
  const place = fc
    .tuple(fc.constantFrom('', 'etc/', 'usr/etc/'), fc.array(name, { minLength: 1, maxLength: 2 }))
    .map(([top, names]) => top + names.join('/'));
  const node = fc.oneof(
    fc.constant(''),
    fc.tuple(fc.constantFrom('', '/', '../../../../'), path).map(([start, rest]) => symlink(start + rest)),
  );
  const tree = fc.array(fc.tuple(place, node), { maxLength: 12 }).map((nodes) => {
    const spec: Record<string, TreeSpec[string]> = {};
    for (const [at, made] of nodes) {
      const clash = Object.keys(spec).some(
        (other) => `${other}/`.startsWith(`${at}/`) || at.startsWith(`${other}/`),
      );
      if (!clash) spec[at] = made;
    }
    return spec;
  });

  test('lies in one of the two roots, and no link leads to it', () => {
    fc.assert(
      fc.property(
        tree,
        tree,
        fc.array(path, { minLength: 10, maxLength: 10 }),
        (newSpec, currentSpec, paths) => {
          const roots = [makeTree(newSpec), makeTree(currentSpec)] as const;
          const view = nextBoot(...roots);
          for (const found of paths.flatMap((text) => [
            view.resolve(rootPath(text)),
            view.entry(rootPath(text)),
          ])) {
            const root = roots.find((top) => `${found.hostPath}/`.startsWith(`${top}/`));
            expect({ found, root }).toMatchObject({ root: expect.any(String) });
            expect(found.hostPath.split('/')).not.toContain('..');
            const exists = ['file', 'directory', 'symlink'].includes(found.kind);
            if (exists) expect(realpathSync(dirname(found.hostPath))).toBe(dirname(found.hostPath));
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

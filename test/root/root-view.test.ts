import { describe, expect, test } from 'vitest';
import { type HostPath, rootPath } from '../../src/model/path.js';
import { diskTree } from '../../src/root/disk-tree.js';
import { rootView } from '../../src/root/root-view.js';
import type { Tree } from '../../src/root/tree.js';
import { dir, fifo, makeTree, symlink } from '../support/tree.js';

const LIMIT = { limitBytes: 100 };

function view(root: HostPath) {
  return rootView(diskTree(root), 'new');
}

describe('resolve', () => {
  test('says where on the host the path is', () => {
    const root = makeTree({ 'usr/lib/x': 'text', etc: symlink('/usr'), up: symlink('../../etc/lib') });
    expect(view(root).resolve(rootPath('up/x'))).toEqual({
      kind: 'file',
      path: '/usr/lib/x',
      hostPath: `${root}/usr/lib/x`,
    });
    expect(view(root).resolve(rootPath('/'))).toEqual({ kind: 'directory', path: '/', hostPath: root });
  });

  test.each([
    { name: 'only the last component', path: '/a/none', at: '/a/none', isLast: true },
    { name: 'the target of a link', path: '/dangling', at: '/a/gone', isLast: true },
    { name: 'a parent', path: '/none/x', at: '/none', isLast: false },
    { name: 'something before ..', path: '/none/../a', at: '/none', isLast: false },
  ])('tells apart what is missing: $name', ({ path, at, isLast }) => {
    const root = makeTree({ 'a/': dir(), dangling: symlink('a/gone') });
    expect(view(root).resolve(rootPath(path))).toEqual({
      kind: 'missing',
      path: at,
      hostPath: root + at,
      isLast,
    });
  });

  test('names the file that has no components below it', () => {
    const root = makeTree({ 'a/f': '', link: symlink('a/f') });
    expect(view(root).resolve(rootPath('link/x'))).toMatchObject({ kind: 'not-a-directory', path: '/a/f' });
  });

  test('takes a path with a NUL for missing', () => {
    expect(view(makeTree({})).resolve(rootPath('/a\0b'))).toMatchObject({ kind: 'missing', path: '/a\0b' });
  });

  test('says why a name is refused', () => {
    expect(view(makeTree({})).resolve(rootPath('x'.repeat(300)))).toMatchObject({
      kind: 'unreadable',
      reason: 'name too long (ENAMETOOLONG)',
    });
  });
});

describe('/dev/null', () => {
  test.each([
    { name: 'the root has no /dev', spec: {} },
    { name: 'the root has an empty /dev', spec: { 'dev/': dir() } },
    { name: 'the root has a file in its place', spec: { 'dev/null': 'text' } },
  ])('is there and empty when $name', ({ spec }) => {
    const root = makeTree({ ...spec, 'etc/mask': symlink('/dev/null') });
    expect(view(root).resolve(rootPath('/etc/mask'))).toMatchObject({ kind: 'null', path: '/dev/null' });
    expect(view(root).readFile(rootPath('/etc/mask'), LIMIT)).toMatchObject({
      ok: true,
      bytes: Buffer.alloc(0),
    });
  });

  test('leaves other devices missing', () => {
    expect(view(makeTree({})).resolve(rootPath('/dev/zero'))).toMatchObject({
      kind: 'missing',
      isLast: true,
    });
    expect(view(makeTree({})).readDirectory(rootPath('/dev'))).toMatchObject({ ok: true, names: [] });
  });
});

describe('entry', () => {
  const root = makeTree({
    'a/f': '',
    'b/link': symlink('../a/f'),
    d: symlink('/b'),
    null: symlink('/dev/null'),
  });

  test.each([
    { path: '/b/link', entry: { kind: 'symlink', path: '/b/link', target: '../a/f' } },
    { path: '/d/link', entry: { kind: 'symlink', path: '/b/link', target: '../a/f' } },
    { path: '/d', entry: { kind: 'symlink', path: '/d', target: '/b' } },
    { path: '/d/', entry: { kind: 'directory', path: '/b' } },
    { path: '/null', entry: { kind: 'symlink', path: '/null', target: '/dev/null' } },
    { path: '/a/f', entry: { kind: 'file', path: '/a/f' } },
    { path: '/a/..', entry: { kind: 'directory', path: '/' } },
    { path: '/a/none', entry: { kind: 'missing', path: '/a/none', isLast: true } },
  ])('keeps a link at the end and follows the others: $path', ({ path, entry }) => {
    expect(view(root).entry(rootPath(path))).toMatchObject({
      ...entry,
      hostPath: root + entry.path.replace(/\/$/, ''),
    });
  });
});

describe('readFile', () => {
  const root = makeTree({
    'a/f': 'text',
    link: symlink('/a/f'),
    pipe: fifo(),
    'to-pipe': symlink('pipe'),
    exact: 'x'.repeat(100),
    huge: 'x'.repeat(101),
  });

  test('reads through links', () => {
    expect(view(root).readFile(rootPath('/link'), LIMIT)).toEqual({
      ok: true,
      bytes: Buffer.from('text'),
      path: '/a/f',
      hostPath: `${root}/a/f`,
    });
  });

  test.each([
    { path: '/a', kind: 'is-a-directory' },
    { path: '/to-pipe', kind: 'not-a-file' },
    { path: '/huge', kind: 'too-large' },
    { path: '/none', kind: 'missing' },
    { path: '/a/f/', kind: 'not-a-directory' },
  ])('refuses $path: $kind', ({ path, kind }) => {
    expect(view(root).readFile(rootPath(path), LIMIT)).toMatchObject({ ok: false, problem: { kind } });
  });

  test('reads a file that is as long as the limit', () => {
    expect(view(root).readFile(rootPath('/exact'), LIMIT)).toMatchObject({ ok: true });
  });

  test('measures a file that hides its size', () => {
    const proc = view('/proc' as HostPath);
    expect(proc.readFile(rootPath('/version'), { limitBytes: 4096 })).toMatchObject({ ok: true });
    expect(proc.readFile(rootPath('/version'), { limitBytes: 10 })).toMatchObject({
      ok: false,
      problem: { kind: 'too-large', limitBytes: 10 },
    });
  });

  test('does not wait for a FIFO that takes the place of a file', () => {
    expect(diskTree(root).readFile(rootPath('/pipe'), 100)).toEqual({ ok: false, kind: 'not-a-file' });
  });

  test('does not follow a link that takes the place of a file', () => {
    expect(diskTree(root).readFile(rootPath('/link'), 100)).toMatchObject({ ok: false, kind: 'unreadable' });
  });

  test('finds names that are not UTF-8', () => {
    const odd = makeTree({ 'd\udcff/f\udc80': 'odd', link: symlink('d\udcff/f\udc80') });
    expect(view(odd).readFile(rootPath('/link'), LIMIT)).toMatchObject({
      ok: true,
      bytes: Buffer.from('odd'),
      path: '/d\udcff/f\udc80',
    });
    expect(view(odd).readDirectory(rootPath('/d\udcff'))).toMatchObject({ ok: true, names: ['f\udc80'] });
  });

  test('asks the disk once about a directory that many paths lead through', () => {
    const names = Array.from({ length: 1000 }, (_, at) => `f${at}`);
    const many = makeTree({
      ...Object.fromEntries(names.map((name) => [`usr/share/units/${name}`, name])),
      ...Object.fromEntries(names.map((name) => [`links/${name}`, symlink(`/short/${name}`)])),
      short: symlink('usr/share/units'),
    });
    const tree = diskTree(many);
    let stats = 0;
    const counting: Tree = {
      ...tree,
      stat: (path) => {
        stats += 1;
        return tree.stat(path);
      },
    };
    const counted = rootView(counting, 'new');
    for (const name of names) {
      expect(counted.readFile(rootPath(`/links/${name}`), LIMIT)).toMatchObject({ ok: true });
    }
    expect(stats).toBe(
      2 * names.length + ['/links', '/short', '/usr', '/usr/share', '/usr/share/units'].length,
    );
  });
});

describe('readDirectory', () => {
  const root = makeTree({
    'd/B': '',
    'd/a': '',
    'd/é': '',
    'd/\udcff': '',
    'd/.hidden': '',
    f: '',
    link: symlink('d'),
  });

  test('lists the names in the order of their bytes', () => {
    expect(view(root).readDirectory(rootPath('/link'))).toEqual({
      ok: true,
      names: ['.hidden', 'B', 'a', 'é', '\udcff'],
      path: '/d',
      hostPath: `${root}/d`,
    });
  });

  test.each([
    { path: '/f', kind: 'not-a-directory' },
    { path: '/none', kind: 'missing' },
  ])('refuses $path: $kind', ({ path, kind }) => {
    expect(view(root).readDirectory(rootPath(path))).toMatchObject({ ok: false, problem: { kind } });
  });
});

test('passes on why the system refused', () => {
  const root = makeTree({ 'closed/f': '' });
  const tree = diskTree(root);
  const reason = 'permission denied (EACCES)';
  const refusing: Tree = {
    ...tree,
    stat: (path) => (path === '/closed/f' ? { kind: 'unreadable', reason } : tree.stat(path)),
  };
  expect(rootView(refusing, 'new').readFile(rootPath('/closed/f'), LIMIT)).toEqual({
    ok: false,
    problem: { kind: 'unreadable', path: '/closed/f', hostPath: `${root}/closed/f`, reason },
  });
});

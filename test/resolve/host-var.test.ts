import { describe, expect, test } from 'vitest';
import { resolve } from '../../src/resolve/resolve.js';
import { openRoots } from '../../src/root/open-roots.js';
import { scan } from '../../src/scan/scan.js';
import { checkRoots, findingText } from '../support/check-roots.js';
import { makeRoots } from '../support/roots.js';
import { tarOf } from '../support/tar-archive.js';
import { dir, makeTree, symlink, type TreeSpec } from '../support/tree.js';

const host: TreeSpec = { ostree: symlink('sysroot/ostree'), 'usr/etc/keep': '', 'etc/keep': '' };
const archive = tarOf({ name: 'index.json' });
const auth = JSON.stringify({ auths: { 'quay.io': { auth: 'dXNlcjpzZWNyZXQ=' } } });
const key = '-----BEGIN PRIVATE KEY-----\nTUlJRXZR\n-----END PRIVATE KEY-----\n';
const pod =
  'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: "quay.io/a/b:1"}]}\n';

const unit = (name: string, text: string): TreeSpec => ({
  [`usr/lib/bound-images.d/${name}`]: symlink(`/usr/share/containers/systemd/${name}`),
  [`usr/share/containers/systemd/${name}`]: text,
});
const image = (...lines: readonly string[]) =>
  unit('x.image', ['[Image]', 'Image=quay.io/a/b:1', ...lines, ''].join('\n'));

/** Each way in which a root names a file for a pull. */
const keys: readonly { name: string; root: TreeSpec; path: string; content: string | Buffer }[] = [
  {
    name: 'Image=oci-archive:',
    root: unit('x.image', '[Image]\nImage=oci-archive:/var/lib/a/f\n'),
    path: 'var/lib/a/f',
    content: archive,
  },
  {
    name: 'Yaml=',
    root: unit('x.kube', '[Kube]\nYaml=/var/lib/a/f\n'),
    path: 'var/lib/a/f',
    content: pod,
  },
  { name: 'AuthFile=', root: image('AuthFile=/var/lib/a/f'), path: 'var/lib/a/f', content: auth },
  { name: 'CertDir=', root: image('CertDir=/var/lib/a'), path: 'var/lib/a/ca.crt', content: 'x' },
  { name: 'DecryptionKey=', root: image('DecryptionKey=/var/lib/a/f'), path: 'var/lib/a/f', content: key },
  {
    name: 'ContainersConfModule=',
    root: image('ContainersConfModule=/var/lib/a/f'),
    path: 'var/lib/a/f',
    content: '[engine]\n',
  },
  {
    name: 'a drop-in that is a link',
    root: { 'usr/lib/bound-images.d/x.toml': symlink('/var/lib/a/f') },
    path: 'var/lib/a/f',
    content: 'images = ["quay.io/a/b:1"]',
  },
  {
    name: 'a unit that is a link',
    root: {
      'usr/lib/bound-images.d/x.image': symlink('/usr/share/containers/systemd/x.image'),
      'usr/share/containers/systemd/x.image': symlink('/var/lib/a/f'),
    },
    path: 'var/lib/a/f',
    content: '[Image]\nImage=quay.io/a/b:1\n',
  },
  {
    name: 'a link to a unit elsewhere',
    root: { 'usr/lib/bound-images.d/x.image': symlink('/var/lib/a/f.image') },
    path: 'var/lib/a/f.image',
    content: '[Image]\nImage=quay.io/a/b:1\n',
  },
  {
    name: 'a path through a link of the root',
    root: { ...image('AuthFile=/opt/a/f'), opt: symlink('var/opt') },
    path: 'var/opt/a/f',
    content: auth,
  },
];

const strictly = (roots: { newRoot: TreeSpec; currentRoot: TreeSpec }) => {
  const opened = openRoots({ root: makeTree(roots.newRoot), currentRoot: makeTree(roots.currentRoot) });
  if (!opened.ok) throw new Error('cannot open the roots');
  const scanned = scan(opened.newRoot);
  const { images, diagnostics } = resolve(scanned.images, opened);
  const found = [...scanned.diagnostics, ...diagnostics].filter(({ severity }) => severity === 'error');
  return { images, errors: found.map(findingText) };
};

describe.each(keys)('$name in /var', ({ root, path, content }) => {
  test('is the host’s file', () => {
    const { images, errors } = strictly({ newRoot: root, currentRoot: { ...host, [path]: content } });
    expect(errors).toEqual([]);
    expect(images.map(({ valid }) => valid)).toEqual([true]);
  });

  test('is not what the new root has there, on a host', () => {
    const { images, errors } = strictly({
      newRoot: { ...root, [path]: content },
      currentRoot: { ...host, 'var/': dir() },
    });
    expect(errors).toHaveLength(1);
    expect(images.filter(({ valid }) => valid)).toEqual([]);
  });

  test('is not known off the host, which is no error of check and no pull', () => {
    const roots = makeRoots(root);
    const found = checkRoots(roots).filter(({ severity }) => severity !== 'warning');
    expect(found.map(({ rule, severity }) => [rule, severity])).toEqual([['host-path-unknown', 'info']]);
    const { images } = resolve(scan(roots.newRoot).images, roots);
    expect(images.filter(({ valid }) => valid)).toEqual([]);
  });

  test('is an error where something is to be pulled', () => {
    expect(strictly({ newRoot: root, currentRoot: {} }).errors).toHaveLength(1);
  });
});

test('a file of the host that is readable for everybody is not the author’s', () => {
  const roots = makeRoots(
    { ...image('AuthFile=/var/lib/a/f'), root: symlink('var/roothome') },
    { ...host, 'var/lib/a/f': auth, 'var/roothome/.docker/config.json': auth },
  );
  expect(checkRoots(roots).map(({ rule }) => rule)).not.toContain('authfile-world-readable');
});

import { describe, expect, test } from 'vitest';
import { resolve } from '../../src/resolve/resolve.js';
import { openRoots } from '../../src/root/open-roots.js';
import { scan } from '../../src/scan/scan.js';
import { makeRoots } from '../support/roots.js';
import { tarOf } from '../support/tar-archive.js';
import { dir, makeTree, symlink, type TreeSpec } from '../support/tree.js';

const dropIn = 'usr/lib/bound-images.d/x.toml';
const unit = 'usr/share/containers/systemd/x.image';
const entry = { 'usr/lib/bootc/bound-images.d/x.image': symlink(`/${unit}`) };

function authJson(...registries: readonly string[]): string {
  const auth = Buffer.from('user:secret').toString('base64');
  return JSON.stringify({ auths: Object.fromEntries(registries.map((registry) => [registry, { auth }])) });
}

function resolveTrees(newRoot: TreeSpec, currentRoot: TreeSpec = {}) {
  const roots = makeRoots(newRoot, currentRoot);
  const scanned = scan(roots.newRoot);
  expect(scanned.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return { ...resolve(scanned.images, roots), roots };
}

/** Rows of `root path`, in the order in which they are tried. */
function candidates(newRoot: TreeSpec, currentRoot: TreeSpec = {}) {
  const { images, diagnostics } = resolveTrees(newRoot, currentRoot);
  return {
    candidates: images.flatMap(({ credentials }) =>
      credentials.map((each) =>
        each.kind === 'file' ? `${each.root} ${each.path}${each.hasEntry ? '' : ' (no entry)'}` : each.kind,
      ),
    ),
    findings: diagnostics.map(({ rule, line }) => `${rule} ${line}`),
  };
}

const withAuthfile = { [dropIn]: 'authfile = "/etc/app/auth.json"\nimages = ["quay.io/a/b:1"]' };
const plain = { [dropIn]: 'images = ["quay.io/a/b:1"]' };
const ostree = { 'usr/etc/': dir() };

describe('credentials', () => {
  test.each<{
    name: string;
    newRoot: TreeSpec;
    currentRoot?: TreeSpec;
    expected: readonly string[];
    findings?: readonly string[];
  }>([
    { name: 'are left to podman where nothing is named', newRoot: plain, expected: ['own'] },
    {
      name: 'come from the named file of the new root, then of the current one',
      newRoot: { ...withAuthfile, 'etc/app/auth.json': authJson('quay.io') },
      currentRoot: { 'etc/app/auth.json': authJson('quay.io') },
      expected: ['new /etc/app/auth.json', 'current /etc/app/auth.json'],
    },
    {
      name: 'come first from the file that has an entry for the registry',
      newRoot: { ...withAuthfile, 'etc/app/auth.json': authJson('ghcr.io') },
      currentRoot: { 'etc/app/auth.json': authJson('quay.io') },
      expected: ['current /etc/app/auth.json', 'new /etc/app/auth.json (no entry)'],
    },
    {
      name: 'come from the current root where the new one has no such file',
      newRoot: withAuthfile,
      currentRoot: { 'etc/app/auth.json': authJson('quay.io') },
      expected: ['current /etc/app/auth.json'],
    },
    {
      name: 'are an error where the named file is nowhere',
      newRoot: withAuthfile,
      currentRoot: { 'etc/ostree/auth.json': authJson('quay.io') },
      expected: [],
      findings: ['authfile-missing 1'],
    },
    {
      name: 'pass over a file that cannot be used, with a warning',
      newRoot: { ...withAuthfile, 'etc/app/auth.json': '' },
      currentRoot: { 'etc/app/auth.json': authJson('quay.io') },
      expected: ['current /etc/app/auth.json'],
      findings: ['authfile-skipped 1'],
    },
    {
      name: 'are an error where no named file can be used',
      newRoot: { ...withAuthfile, 'etc/app/auth.json': symlink('auth.json') },
      expected: [],
      findings: ['authfile-unusable 1'],
    },
    {
      name: 'are an error where podman fails on the entry for the image',
      newRoot: { ...withAuthfile, 'etc/app/auth.json': '{"auths": {"quay.io": {"auth": "not base64!!"}}}' },
      expected: [],
      findings: ['authfile-unusable 1'],
    },
    {
      name: 'are fine where podman would fail on an entry for another image',
      newRoot: { ...withAuthfile, 'etc/app/auth.json': '{"auths": {"ghcr.io": {"auth": "not base64!!"}}}' },
      expected: ['new /etc/app/auth.json (no entry)'],
    },
    {
      name: 'come from the /etc of the next boot: what was changed on this host',
      newRoot: { ...withAuthfile, 'etc/app/auth.json': authJson('quay.io') },
      currentRoot: { 'usr/etc/app/auth.json': authJson('ghcr.io'), 'etc/app/auth.json': authJson('quay.io') },
      expected: ['current /etc/app/auth.json'],
    },
    {
      name: 'come from the /etc of the next boot: what was left as it was shipped gives way to the new image’s',
      newRoot: { ...withAuthfile, 'etc/app/auth.json': authJson('quay.io') },
      currentRoot: { 'usr/etc/app/auth.json': authJson('ghcr.io'), 'etc/app/auth.json': authJson('ghcr.io') },
      expected: ['new /etc/app/auth.json', 'current /etc/app/auth.json (no entry)'],
    },
    {
      name: 'come from usr/etc of a root that is not deployed',
      newRoot: { ...withAuthfile, 'usr/etc/app/auth.json': authJson('quay.io') },
      currentRoot: ostree,
      expected: ['new /etc/app/auth.json'],
    },
    {
      name: 'come from the global pull secrets: running system, new root, current root',
      newRoot: {
        ...plain,
        'etc/ostree/auth.json': authJson('quay.io'),
        'usr/lib/ostree/auth.json': authJson('quay.io'),
        'run/ostree/auth.json': authJson('quay.io'),
      },
      currentRoot: {
        'run/ostree/auth.json': authJson('quay.io'),
        'etc/ostree/auth.json': authJson('quay.io'),
        'usr/lib/ostree/auth.json': authJson('ghcr.io'),
      },
      expected: [
        'current /run/ostree/auth.json',
        'new /etc/ostree/auth.json',
        'new /usr/lib/ostree/auth.json',
        'current /etc/ostree/auth.json',
        'current /usr/lib/ostree/auth.json (no entry)',
        'own',
      ],
    },
    {
      name: 'pass over a pull secret that cannot be used, even the only one',
      newRoot: { ...plain, 'etc/ostree/auth.json': 'x' },
      expected: ['own'],
      findings: ['authfile-skipped null'],
    },
    {
      name: 'come from Creds= alone where no auth file is named',
      newRoot: {
        ...entry,
        [unit]: '[Image]\nImage=quay.io/a/b:1\nCreds=user:secret',
        'etc/ostree/auth.json': authJson('quay.io'),
      },
      expected: ['creds'],
    },
    {
      name: 'come from Creds= before AuthFile=, as with podman',
      newRoot: {
        ...entry,
        [unit]: '[Image]\nImage=quay.io/a/b:1\nCreds=user:secret\nAuthFile=/a.json',
        'a.json': authJson('quay.io'),
      },
      expected: ['creds', 'new /a.json'],
    },
    {
      name: 'are an error where Creds= has no password, which podman would ask for',
      newRoot: { ...entry, [unit]: '[Image]\nImage=quay.io/a/b:1\nCreds=user' },
      expected: [],
      findings: ['creds-invalid 3'],
    },
    {
      name: 'are an error where Creds= stands beside a short name',
      newRoot: { ...entry, [unit]: '[Image]\nImage=b:1\nCreds=user:secret' },
      expected: [],
      findings: ['creds-short-reference 3'],
    },
    {
      name: 'are never read from outside of the root',
      newRoot: { ...withAuthfile, 'etc/app/auth.json': symlink('../../../../../../../../etc/hostname') },
      expected: [],
      findings: ['authfile-missing 1'],
    },
  ])('$name', ({ newRoot, currentRoot, expected, findings = [] }) => {
    const got = candidates(newRoot, currentRoot);
    expect(got).toEqual({ candidates: expected, findings });
  });

  test('name every place that was tried when the file is nowhere', () => {
    const { diagnostics, roots } = resolveTrees(withAuthfile);
    expect(diagnostics[0]?.message).toBe(
      `the auth file /etc/app/auth.json does not exist, so the image cannot be pulled; tried /etc/app/auth.json in the new root (${roots.newRoot.hostPath}), /etc/app/auth.json in the current root (${roots.current.hostPath})`,
    );
  });
});

test('a root that is both is named once', () => {
  const root = makeTree({
    [dropIn]: '[[image]]\nreference = "quay.io/a/b:1"\nauthfile = "/etc/a.json"\ncert-dir = "/etc/pki/x"',
  });
  const roots = openRoots({ root, currentRoot: root });
  if (!roots.ok) throw new Error('the root is not there');
  const { diagnostics } = resolve(scan(roots.newRoot).images, roots);
  expect(diagnostics.map(({ message }) => message.split('; tried ')[1])).toEqual([
    `the new root (${root})`,
    `/etc/a.json in the new root (${root})`,
  ]);
});

describe('certificates', () => {
  const bound = { [dropIn]: '[[image]]\nreference = "quay.io/a/b:1"\ncert-dir = "/etc/pki/x"' };

  test('are read through links that stay inside the root', () => {
    const { images } = resolveTrees({
      ...bound,
      'etc/pki/x/ca.crt': symlink('/etc/pki/source/ca.pem'),
      'etc/pki/source/ca.pem': 'inside',
      'etc/pki/x/README': 'no certificate',
    });
    expect(images[0]?.certificates).toEqual([{ name: 'ca.crt', bytes: Buffer.from('inside') }]);
  });

  test('are an error where a link leads nowhere', () => {
    const { diagnostics, images } = resolveTrees({ ...bound, 'etc/pki/x/ca.crt': symlink('/etc/ssl/none') });
    expect(diagnostics.map(({ rule, line, column }) => [rule, line, column])).toEqual([
      ['path-unusable', 3, 12],
    ]);
    expect(images[0]?.valid).toBe(false);
  });

  test.each([
    { name: 'they are too many', files: 101, bytes: 1 },
    { name: 'they are too large together', files: 9, bytes: 128 * 1024 },
  ])('are an error where $name', ({ files, bytes }) => {
    const names = Array.from({ length: files }, (_, index) => `etc/pki/x/${index}.crt`);
    const tree = Object.fromEntries(names.map((name) => [name, 'x'.repeat(bytes)]));
    expect(resolveTrees({ ...bound, ...tree }).diagnostics.map(({ rule }) => rule)).toEqual([
      'path-unusable',
    ]);
  });

  test('come from the current root where the new one has no such directory', () => {
    const { images } = resolveTrees(bound, { 'etc/pki/x/ca.crt': 'current' });
    expect(images[0]?.certificates?.map(({ bytes }) => bytes.toString())).toEqual(['current']);
  });

  test('are an error where the directory is nowhere', () => {
    expect(resolveTrees(bound).diagnostics.map(({ rule }) => rule)).toEqual(['path-missing']);
  });
});

describe('an image that a path names', () => {
  const tree = {
    'opt/a.tar': tarOf({ name: 'index.json' }),
    'opt/link.tar': symlink('/opt/a.tar'),
    'opt/layout/index.json': '{}',
    'opt/x.tar': tarOf({ name: 'index.json', type: '2', link: '/etc/shadow' }),
    'opt/text.tar': 'text',
    'opt/linked/blobs/x': symlink('/etc/hostname'),
    'opt/dir/manifest.json': '{"layers":[{"digest":"sha256:../../x"}]}',
  };

  test.each([
    { name: 'a reference names none', reference: 'docker.io/nginx:1', path: undefined },
    { name: 'an archive', reference: 'oci-archive:/opt/a.tar:v1', path: '/opt/a.tar' },
    { name: 'an archive behind a link', reference: 'docker-archive:/opt/link.tar', path: '/opt/a.tar' },
    { name: 'a layout', reference: 'oci:/opt/layout', path: '/opt/layout' },
  ])('is found in the new root: $name', ({ reference, path }) => {
    const { images, diagnostics, roots } = resolveTrees({ [dropIn]: `images = ["${reference}"]`, ...tree });
    expect(diagnostics).toEqual([]);
    const found = path === undefined ? undefined : `${roots.newRoot.hostPath}${path}`;
    expect(images.map(({ archive }) => archive?.hostPath)).toEqual([found]);
  });

  test.each([
    { name: 'is not there', reference: 'oci-archive:/opt/none.tar', says: 'does not exist' },
    {
      name: 'is a directory where a file is needed',
      reference: 'oci-archive:/opt/layout',
      says: 'is a directory',
    },
    {
      name: 'holds a link',
      reference: 'oci-archive:/opt/x.tar',
      says: 'index.json in it is a symbolic link',
    },
    { name: 'is no archive', reference: 'oci-archive:/opt/text.tar', says: 'it ends in the middle' },
    {
      name: 'has a link in a directory',
      reference: 'oci:/opt/linked',
      says: 'blobs/x in it is a symbolic link',
    },
    { name: 'has a digest that leads out', reference: 'dir:/opt/dir', says: 'names a digest that is none' },
  ])('is an error when it $name', ({ reference, says }) => {
    const { images, diagnostics } = resolveTrees({ [dropIn]: `images = ["${reference}"]`, ...tree });
    expect(diagnostics.map(({ rule, line, column }) => [rule, line, column])).toEqual([
      ['path-unusable', 1, 11],
    ]);
    expect(diagnostics[0]?.message).toContain(says);
    expect(images.map(({ valid }) => valid)).toEqual([false]);
  });
});

const pem = '-----BEGIN PRIVATE KEY-----\nTUlJRXZR\n-----END PRIVATE KEY-----\n';

describe('a decryption key', () => {
  const key = (text: string, files: TreeSpec = {}) =>
    resolveTrees({
      ...entry,
      [unit]: `[Image]\nImage=quay.io/a/b:1\nDecryptionKey=${text}`,
      'etc/key.pem': pem,
      'etc/issue': 'no key',
      ...files,
    });

  test.each([
    { name: 'has none', text: '/etc/key.pem', passphrase: undefined },
    { name: 'has it behind a colon', text: '/etc/key.pem:secret', passphrase: 'secret' },
    { name: 'has it behind pass=', text: '/etc/key.pem:pass=secret', passphrase: 'secret' },
    { name: 'has it in a file of the root', text: '/etc/key.pem:file=/etc/pass', passphrase: 'from file' },
  ])('with a passphrase: $name', ({ text, passphrase }) => {
    const { images, diagnostics } = key(text, { 'etc/pass': 'from file' });
    expect(diagnostics).toEqual([]);
    const found = images[0]?.decryptionKey;
    expect(found?.key.toString()).toBe(pem);
    expect(found?.passphrase?.toString()).toBe(passphrase);
  });

  test.each([
    { name: 'the key is nowhere', text: '/etc/none.pem', rule: 'path-missing' },
    {
      name: 'the file with the passphrase is nowhere',
      text: '/etc/key.pem:file=/none',
      rule: 'path-missing',
    },
    { name: 'the passphrase is in a file descriptor', text: '/etc/key.pem:fd=3', rule: 'path-unusable' },
    { name: 'the file holds no key', text: '/etc/issue', rule: 'path-unusable' },
  ])('is an error where $name', ({ text, rule }) => {
    expect(key(text).diagnostics.map((diagnostic) => diagnostic.rule)).toEqual([rule]);
  });
});

test('a path that is not UTF-8 is an error, since podman cannot be given it', () => {
  const { diagnostics } = resolveTrees({
    [dropIn]: 'authfile = "/etc/a.json"\n[[image]]\nreference = "quay.io/a/b:1"\ncert-dir = "/etc/certs"',
    'etc/a.json': symlink('caf\udce9.json'),
    'etc/caf\udce9.json': authJson('quay.io'),
    'etc/certs': symlink('caf\udce9'),
    'etc/caf\udce9/': dir(),
  });
  expect(diagnostics.map(({ rule }) => rule)).toEqual(['path-unusable', 'authfile-unusable']);
});

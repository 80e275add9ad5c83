import { expect, test } from 'vitest';
import { boundByLabel, lockLabel } from '../../../src/layers/bound-by-label.js';
import type { HostPath } from '../../../src/model/path.js';
import { diskTree } from '../../../src/root/disk-tree.js';
import { emptyTree } from '../../../src/root/empty-tree.js';
import { rootView } from '../../../src/root/root-view.js';
import { lockOf } from '../../../src/scan/drop-in/lock.js';
import { scan } from '../../../src/scan/scan.js';
import { makeRoots } from '../../support/roots.js';
import { makeTree } from '../../support/tree.js';

const scanned = (tree: Record<string, string>) => scan(makeRoots(tree).newRoot);

/** What a host reads that gets the label. */
function readBack(text: string) {
  const { images, diagnostics } = scan(rootView(boundByLabel(emptyTree, text), 'new'));
  expect(diagnostics).toEqual([]);
  return images.map(({ reference, options }) => ({
    reference: reference.text,
    ...Object.fromEntries(
      Object.entries(options).flatMap(([key, sited]) => (sited === undefined ? [] : [[key, sited.value]])),
    ),
  }));
}

test('what a root binds is one line, which a host reads as the root was read', () => {
  const { images } = scanned({
    'usr/lib/bound-images.d/a.toml': [
      'images = ["quay.io/x/plain:1"]',
      '[[image]]',
      'reference = "quay.io/x/full:1"',
      'authfile = "/usr/lib/with \\"quotes\\".json"',
      'cert-dir = "/etc/certs"',
      'tls-verify = false',
      'arch = "arm64"',
      'os = "linux"',
      'variant = "v8"',
    ].join('\n'),
  });
  const { text, leftOut } = lockOf(images);
  expect(leftOut).toEqual([]);
  expect(text).not.toContain('\n');
  expect(readBack(text)).toEqual([
    { reference: 'quay.io/x/plain:1' },
    {
      reference: 'quay.io/x/full:1',
      authfile: '/usr/lib/with "quotes".json',
      certDir: '/etc/certs',
      tlsVerify: false,
      arch: 'arm64',
      os: 'linux',
      variant: 'v8',
    },
  ]);
});

test('secrets of units stay out of it, and what no drop-in can bind is told', () => {
  const { images } = scanned({
    'usr/lib/bound-images.d/a.image': '[Image]\nImage=quay.io/x/one:1\nCreds=someone:secret\n',
    'usr/lib/bound-images.d/b.artifact': '[Artifact]\nArtifact=quay.io/x/model:1\n',
    'usr/lib/bound-images.d/c.image': '[Image]\nImage=oci-archive:/usr/lib/c.tar\n',
  });
  const { text, leftOut } = lockOf(images);
  expect(text).toBe('images = ["quay.io/x/one:1"]');
  expect(leftOut.map(({ reference }) => reference.text)).toEqual([
    'quay.io/x/model:1',
    'oci-archive:/usr/lib/c.tar',
  ]);
});

test('a root that binds nothing has a lock that says so', () => {
  expect(lockOf([]).text).toBe('images = []');
  expect(readBack('images = []')).toEqual([]);
});

test('all else is as on the host that reads it, but what its own system binds', () => {
  const directory = makeTree({
    'etc/containers/registries.conf': '',
    'usr/lib/bound-images.d/own.toml': '',
    'usr/lib/bootc/bound-images.d/own.toml': '',
    'usr/lib/os-release': 'ID=test\n',
  });
  const tree = boundByLabel(diskTree(directory as HostPath), 'images = []');
  const view = rootView(tree, 'new');
  const names = (path: string) => {
    const listing = view.readDirectory(path as never);
    return listing.ok ? listing.names : listing.problem.kind;
  };
  expect(names('/usr/lib')).toEqual(['bootc', 'bound-images.d', 'os-release']);
  expect(names('/usr/lib/bound-images.d')).toEqual([`${lockLabel}.toml`]);
  expect(names('/usr/lib/bootc/bound-images.d')).toBe('missing');
  expect(names('/etc/containers')).toEqual(['registries.conf']);
  expect(view.hostPath).toBe(directory);
});

import { expect, test } from 'vitest';
import { scanUnits } from '../../support/scan-units.js';
import type { TreeSpec } from '../../support/tree.js';

const image = '[Image]\nImage=quay.io/a/a:1\n';
const container = '[Container]\nImage=quay.io/a/a:1\n';
const yaml = 'kind: Pod\nspec:\n  containers:\n    - image: quay.io/a/a:1\n';

test.each<{ name: string; bound: string; tree: TreeSpec; image?: string; findings: readonly string[] }>([
  {
    name: 'an escape that does not exist drops the arguments',
    bound: 'a.image',
    tree: { 'a.image': `${image}PodmanArgs=--arch arm64 \\q\nPodmanArgs=--os linux` },
    image: 'quay.io/a/a:1 --os linux',
    findings: ['words-ignored a.image 3 25'],
  },
  {
    name: 'an empty word ends the arguments, behind a continuation',
    bound: 'a.image',
    tree: { 'a.image': `${image}PodmanArgs=--arch arm64 \\\n  # all of them\n  --creds "" --os linux` },
    findings: ['words-ignored a.image 5 11', 'podman-arguments a.image 5 3'],
    image: 'quay.io/a/a:1',
  },
  {
    name: 'a quote that is not closed takes the rest for one word',
    bound: 'a.image',
    tree: { 'a.image': `${image}PodmanArgs="--arch=arm64 --quiet` },
    image: 'quay.io/a/a:1 --arch=arm64 --quiet',
    findings: ['words-ignored a.image 3 12'],
  },
  {
    name: 'a NUL ends the global arguments of a container, in a drop-in',
    bound: 'a.container',
    tree: {
      'a.container': container,
      'a.container.d/1.conf': '[Container]\nGlobalArgs=--syslog \0 --log-level=debug',
    },
    image: 'quay.io/a/a:1 --syslog',
    findings: ['words-ignored a.container.d/1.conf 2 21'],
  },
  {
    name: 'an escape that does not exist drops a mount',
    bound: 'a.container',
    tree: { 'a.container': `${container}Mount=type=image,source=quay.io/a/b:1,destination=/b\\c` },
    findings: ['words-ignored a.container 3 53'],
  },
  {
    name: 'a quote that is not closed drops a file of a kube unit',
    bound: 'a.kube',
    tree: { 'a.kube': '[Kube]\nYaml=a.yaml\nYaml=b.yaml "c', 'a.yaml': yaml },
    findings: ['words-ignored a.kube 3 13'],
  },
])('$name, with a warning', ({ bound, tree, image: wanted = 'quay.io/a/a:1', findings }) => {
  const scanned = scanUnits([bound], tree);
  expect(scanned.images).toEqual([wanted]);
  expect(scanned.findings).toEqual(findings);
});

test('says nothing of values that an empty one clears, and of keys that are about no image', () => {
  const lines = ['PodmanArgs=\\q', 'PodmanArgs=', 'ReloadCmd=\\q', 'UIDMap="', 'Environment=\\q'];
  expect(scanUnits(['a.container'], { 'a.container': container + lines.join('\n') }).findings).toEqual([]);
});

test('does not show what is dropped, as it may hold a password', () => {
  const { diagnostics } = scanUnits(['a.image'], {
    'a.image': `${image}PodmanArgs=--creds u:hidden-s3cret\\q`,
  });
  expect(JSON.stringify(diagnostics)).not.toContain('hidden-s3cret');
});

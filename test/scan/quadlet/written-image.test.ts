import { expect, test } from 'vitest';
import { scanUnits } from '../../support/scan-units.js';
import type { TreeSpec } from '../../support/tree.js';

const image = (name: string) => `Image=quay.io/a/${name}:1\n`;
const conf = '[X-a]\nb=c\n[Image]\n';

interface Row {
  readonly name: string;
  readonly bound: string;
  readonly tree: TreeSpec;
  readonly images?: readonly string[];
  readonly findings: readonly string[];
}

test.each<Row>([
  {
    name: 'warns of a drop-in that names another image, behind a continuation',
    bound: 'a.image',
    tree: { 'a.image': `[Image]\n${image('a')}`, 'image.d/1.conf': `${conf}Image=\\\n  quay.io/a/b:1` },
    images: ['quay.io/a/b:1'],
    findings: ['image-changed-by-drop-in image.d/1.conf 5 3'],
  },
  {
    name: 'warns of the drop-in that counts',
    bound: 'a-b.container',
    tree: {
      'a-b.container': `[Container]\n${image('a')}`,
      'a-.container.d/1.conf': `[Container]\n${image('b')}`,
      '/etc/containers/systemd/container.d/2.conf': `[Container]\n${image('x')}${image('c')}`,
    },
    images: ['quay.io/a/c:1'],
    findings: [
      'image-changed-by-drop-in /etc/containers/systemd/container.d/2.conf 3 7',
      'image-given-twice /etc/containers/systemd/container.d/2.conf 2 7',
    ],
  },
  {
    name: 'warns of a drop-in of the .image unit that a container names',
    bound: 'a.container',
    tree: {
      'a.container': '[Container]\nImage=b.image',
      'b.image': `[Image]\n${image('b')}`,
      'b.image.d/1.conf': `[Image]\n${image('c')}`,
    },
    images: ['quay.io/a/c:1'],
    findings: ['image-changed-by-drop-in b.image.d/1.conf 2 7'],
  },
  {
    name: 'warns of an ImageTag= that other units run instead',
    bound: 'a.image',
    tree: { 'a.image': `[Image]\n${image('a')}`, 'a.image.d/1.conf': '[Image]\nImageTag=quay.io/a/b:1' },
    images: ['quay.io/a/a:1'],
    findings: ['image-changed-by-drop-in a.image.d/1.conf 2 10'],
  },
  {
    name: 'warns of a drop-in that takes the ImageTag= away',
    bound: 'a.image',
    tree: {
      'a.image': `[Image]\n${image('a')}ImageTag=quay.io/a/b:1\n`,
      'a.image.d/1.conf': '[Image]\nImageTag=',
    },
    images: ['quay.io/a/a:1'],
    findings: ['image-changed-by-drop-in a.image.d/1.conf 2 10'],
  },
  {
    name: 'warns of a drop-in that takes the image away',
    bound: 'a.container',
    tree: { 'a.container': `[Container]\n${image('a')}`, 'a.container.d/1.conf': '[Container]\nImage=' },
    images: [],
    findings: ['image-changed-by-drop-in a.container.d/1.conf 2 7', 'image-missing a.container 1 1'],
  },
  {
    name: 'warns of another image of a volume',
    bound: 'a.volume',
    tree: {
      'a.volume': '[Volume]\nDriver=image\nImage=b.image',
      'b.image': `[Image]\n${image('b')}`,
      'c.image': `[Image]\n${image('c')}`,
      'volume.d/1.conf': '[Volume]\nImage="c.image"',
    },
    images: ['quay.io/a/c:1'],
    findings: ['image-changed-by-drop-in volume.d/1.conf 2 8'],
  },
  {
    name: 'says nothing of a drop-in that names the same image',
    bound: 'a.image',
    tree: { 'a.image': `[Image]\n${image('a')}`, 'a.image.d/1.conf': '[Image]\nImage="quay.io/a/a:1"' },
    images: ['quay.io/a/a:1'],
    findings: [],
  },
  {
    name: 'says nothing of a unit that leaves its image to a drop-in',
    bound: 'a.image',
    tree: { 'a.image': '[Image]\nArch=arm64', 'a.image.d/1.conf': `[Image]\n${image('a')}` },
    images: ['quay.io/a/a:1 --arch arm64'],
    findings: [],
  },
  {
    name: 'says nothing of another option',
    bound: 'a.image',
    tree: { 'a.image': `[Image]\n${image('a')}Arch=arm64`, 'a.image.d/1.conf': '[Image]\nArch=' },
    images: ['quay.io/a/a:1'],
    findings: [],
  },
])('$name', ({ bound, tree, images, findings }) => {
  const scanned = scanUnits([bound], tree);
  expect({ images: scanned.images, findings: scanned.findings }).toEqual({ images, findings });
});

test('names both images', () => {
  const tree = { 'a.image': `[Image]\n${image('a')}`, 'a.image.d/1.conf': `[Image]\n${image('b')}` };
  expect(scanUnits(['a.image'], tree).diagnostics[0]?.message).toBe(
    'this drop-in makes the image “quay.io/a/b:1”, where /usr/share/containers/systemd/a.image names “quay.io/a/a:1”',
  );
});

import { expect, test } from 'vitest';
import { readRoot } from '../../src/operations/read-root.js';
import { makeTree, symlink, type TreeSpec } from '../support/tree.js';

const units = 'usr/share/containers/systemd';
const bootcs = 'usr/lib/bootc/bound-images.d';
const ours = 'usr/lib/bound-images.d';

/** A unit, and the links that bind it, each in a directory. */
function unit(name: string, image: string, ...directories: readonly string[]): TreeSpec {
  const links = directories.map((directory) => [`${directory}/${name}`, symlink(`/${units}/${name}`)]);
  return { [`${units}/${name}`]: image, ...Object.fromEntries(links) };
}

const container = (image: string, ...more: readonly string[]) =>
  `[Container]\nImage=${image}\n${more.join('\n')}\n`;

/** `REFERENCE STORE` of each image, and the rules of the findings. */
function read(tree: TreeSpec, store: 'podman' | 'bootc' = 'bootc') {
  const { images, diagnostics } = readRoot({ root: makeTree(tree), currentRoot: null, store });
  return {
    images: images.map((each) => `${each.image.reference.text} ${each.store ?? 'podman'}`),
    rules: diagnostics.map(({ rule }) => rule),
  };
}

const pinned = `quay.io/x/a@sha256:${'a'.repeat(64)}`;
const dropIn = (image: string) => `images = ["${image}"]\n`;

const rows: readonly {
  readonly name: string;
  readonly tree: TreeSpec;
  readonly images: readonly string[];
}[] = [
  {
    name: 'a unit of the directory of bootc',
    tree: unit('a.container', container(pinned), bootcs),
    images: [`${pinned} bootc`],
  },
  {
    name: 'a unit of ours',
    tree: unit('a.container', container(pinned), ours),
    images: [`${pinned} podman`],
  },
  {
    name: 'a unit of both',
    tree: unit('a.container', container(pinned), bootcs, ours),
    images: [`${pinned} bootc`, `${pinned} podman`],
  },
  {
    name: 'an image of a unit of the one and a drop-in of the other',
    tree: {
      ...unit('a.image', `[Image]\nImage=${pinned}\n`, bootcs),
      [`${ours}/b.toml`]: dropIn(pinned),
    },
    images: [`${pinned} bootc`, `${pinned} podman`],
  },
  {
    name: 'a drop-in, because of which bootc refuses its directory',
    tree: { [`${bootcs}/a.toml`]: dropIn(pinned) },
    images: [`${pinned} podman`],
  },
  {
    name: 'an override, which bootc does not know',
    tree: {
      ...unit('a.container', container('quay.io/x/b:1'), bootcs),
      'etc/containers/systemd/a.container': container(pinned),
      'etc/bootc/bound-images.d/a.container': symlink('/etc/containers/systemd/a.container'),
    },
    images: [`${pinned} podman`],
  },
  {
    name: 'a unit that the administrator has replaced, of which bootc reads the old one',
    tree: {
      ...unit('a.container', container('quay.io/x/b:1'), bootcs),
      'etc/containers/systemd/a.container': container(pinned),
    },
    images: [`${pinned} podman`],
  },
  {
    name: 'an image that a drop-in of the unit names, which bootc does not read',
    tree: {
      ...unit('a.container', container('quay.io/x/b:1'), bootcs),
      [`${units}/a.container.d/b.conf`]: container(pinned),
    },
    images: [`${pinned} podman`],
  },
  {
    name: 'what a unit mounts, which bootc does not look for',
    tree: unit(
      'a.container',
      container(pinned, 'Mount=type=image,source=quay.io/x/data:1,destination=/data'),
      bootcs,
    ),
    images: [`${pinned} bootc`, 'quay.io/x/data:1 podman'],
  },
];

test.each(rows)('bootc’s store gets what bootc pulls: $name', ({ tree, images }) => {
  expect(read(tree).images).toEqual(images);
});

test('all goes into podman’s store by default', () => {
  const tree = unit('a.container', container('quay.io/x/a'), bootcs, ours);
  expect(read(tree, 'podman')).toEqual({ images: ['quay.io/x/a podman'], rules: [] });
});

test.each([
  { image: 'quay.io/x/a', rule: 'reference-untagged' },
  { image: `quay.io/x/a:1@sha256:${'a'.repeat(64)}`, rule: 'reference-tag-and-digest' },
  { image: `docker.io/a@sha256:${'a'.repeat(64)}`, rule: 'reference-renamed' },
])('a name under which bootc does not find its image again is a finding: $rule', ({ image, rule }) => {
  expect(read(unit('a.container', container(image), bootcs)).rules).toEqual([rule]);
  expect(read(unit('a.container', container(image), ours)).rules).toEqual([]);
});

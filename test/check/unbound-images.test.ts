import { expect, test } from 'vitest';
import { unboundImages } from '../../src/check/services/unbound-images.js';
import { scan } from '../../src/scan/scan.js';
import { makeRoots } from '../support/roots.js';
import { symlink, type TreeSpec } from '../support/tree.js';

const units = 'usr/share/containers/systemd';
const vendors = 'usr/lib/bound-images.d';
const overrides = 'etc/bootc/bound-images.d';
const volume = '[Volume]\nDriver=image\nImage=quay.io/a/v:1';

function container(...lines: readonly string[]): string {
  return ['[Container]', ...lines].join('\n');
}

/** `file:line: message | hint` */
function unbound(tree: TreeSpec): readonly string[] {
  const roots = makeRoots(tree);
  const { entries, units: search } = scan(roots.newRoot);
  return unboundImages({ roots, entries, units: search }).map(
    ({ file, line, message, hint }) => `${file}:${line}: ${message} | ${hint}`,
  );
}

/** The finding of a unit that wants `image` in `file`. */
function unboundIn(unit: string, image: string, place = `${unit}:2`): string {
  const directory = /\.(?:image|container)$/.test(unit) ? 'bootc/bound-images.d' : 'bound-images.d';
  const wants = `/${units}/${unit} wants “quay.io/a/${image}:1” at boot, and nothing binds it`;
  return `/${units}/${place}: ${wants} | link to /${units}/${unit} from /usr/lib/${directory}`;
}

test('is said once for each unit that wants the image', () => {
  const tree = {
    [`${vendors}/a.container`]: symlink(`/${units}/a.container`),
    [`${units}/a.container`]: container('Image=quay.io/a/a:1'),
    [`${units}/same.container`]: container('Image=quay.io/a/a:1'),
    [`${units}/b.container`]: container('Image=b.image'),
    [`${units}/b.image`]: '[Image]\nImage=quay.io/a/b:1',
    [`${units}/broken.container`]: '[Container]',
  };
  expect(unbound(tree)).toEqual([unboundIn('b.container', 'b', 'b.image:2'), unboundIn('b.image', 'b')]);
});

test.each<{ name: string; tree: TreeSpec; found: readonly string[] }>([
  {
    name: 'is said of a volume that a container mounts',
    tree: {
      [`${units}/v.volume`]: volume,
      [`${units}/b.container`]: container('Image=quay.io/a/b:1', 'Volume=v.volume:/data'),
    },
    found: [
      unboundIn('b.container', 'b'),
      unboundIn('b.container', 'v', 'v.volume:3'),
      unboundIn('v.volume', 'v', 'v.volume:3'),
    ],
  },
  {
    name: 'is not said of a volume whose only container is masked',
    tree: {
      [`${units}/v.volume`]: volume,
      [`${units}/b.container`]: container('Image=quay.io/a/b:1', 'Volume=v.volume:/data'),
      'etc/containers/systemd/b.container': symlink('/dev/null'),
    },
    found: [],
  },
  {
    name: 'is said of an .image unit that starts by itself',
    tree: { [`${units}/b.image`]: '[Image]\nImage=quay.io/a/b:1\n[Install]\nWantedBy=multi-user.target' },
    found: [unboundIn('b.image', 'b')],
  },
  {
    name: 'is not said of an .image or .artifact unit that nothing starts',
    tree: {
      [`${units}/b.image`]: '[Image]\nImage=quay.io/a/b:1',
      [`${units}/c.artifact`]: '[Artifact]\nArtifact=quay.io/a/c:1',
    },
    found: [],
  },
  {
    name: 'is not said of a unit for users, whose podman does not see what is bound',
    tree: { [`${units}/users/b.container`]: container('Image=quay.io/a/b:1') },
    found: [],
  },
  {
    name: 'is not said of a tag, where all tags are bound',
    tree: {
      [`${vendors}/b.image`]: symlink(`/${units}/b.image`),
      [`${units}/b.image`]: '[Image]\nImage=quay.io/a/b\nAllTags=yes',
      [`${units}/b.container`]: container('Image=quay.io/a/b:1'),
    },
    found: [],
  },
])('$name', ({ tree, found }) => {
  expect(unbound(tree)).toEqual(found);
});

test.each<{ name: string; entry: string; node: TreeSpec[string]; mask: TreeSpec[string] }>([
  {
    name: 'a link to the unit',
    entry: 'b.container',
    node: symlink(`/${units}/b.container`),
    mask: symlink('/dev/null'),
  },
  { name: 'a drop-in', entry: 'apps.toml', node: 'images = ["quay.io/a/b:1"]\n', mask: '' },
])('names the mask of $name', ({ entry, node, mask }) => {
  const tree = {
    [`${vendors}/${entry}`]: node,
    [`${overrides}/${entry}`]: mask,
    [`${units}/b.container`]: container('Image=quay.io/a/b:1'),
  };
  expect(unbound(tree)).toEqual([
    `/${units}/b.container:2: /${units}/b.container wants “quay.io/a/b:1” at boot, and /${overrides}/${entry} masks the entry that binds it | remove /${overrides}/${entry}`,
  ]);
});

test('names no mask of an entry for something else, and none that was replaced', () => {
  const tree = {
    [`${vendors}/a.toml`]: 'images = ["quay.io/a/a:1"]\n',
    [`${overrides}/a.toml`]: symlink('/dev/null'),
    [`${vendors}/b.toml`]: 'images = ["quay.io/a/b:1"]\n',
    [`${overrides}/b.toml`]: 'images = ["quay.io/a/c:1"]\n',
    [`${units}/b.container`]: container('Image=quay.io/a/b:1'),
  };
  expect(unbound(tree)).toEqual([unboundIn('b.container', 'b')]);
});

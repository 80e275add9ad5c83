import { expect, test } from 'vitest';
import { unboundImages } from '../../src/check/services/unbound-images.js';
import { rootPath } from '../../src/model/path.js';
import { scan } from '../../src/scan/scan.js';
import { makeRoots } from '../support/roots.js';
import { dir, symlink, type TreeSpec } from '../support/tree.js';

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
function unboundIn(unit: string, image: string, place = `${unit}:2`, isBootcs = true): string {
  const isBoth = isBootcs && /\.(?:image|container)$/.test(unit);
  const directory = isBoth ? 'bootc/bound-images.d' : 'bound-images.d';
  const wants = `/${units}/${unit} wants “quay.io/a/${image}:1” at boot, and nothing binds it`;
  return `/${units}/${place}: ${wants} | link to /${units}/${unit} from /usr/lib/${directory}`;
}

/** The finding of a unit of which the image is not known. */
function unknown(unit: string, line: number, problem: string): string {
  return `/${units}/${unit}:${line}: whether /${units}/${unit} wants an image at boot, and which, is not known: ${problem} | put this right, and check again whether the image is bound`;
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
  expect(unbound(tree)).toEqual([
    // bootc knows no units that a unit names.
    unboundIn('b.container', 'b', 'b.image:2', false),
    unboundIn('b.image', 'b'),
    unknown('broken.container', 1, 'quadlet makes no service of the unit: there is no Image= in [Container]'),
  ]);
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

test.each([
  { name: 'by its name in full', bound: 'quay.io/a/b:1', wanted: 'b:1', found: 0 },
  { name: 'by the short name of what a unit names in full', bound: 'b:1', wanted: 'quay.io/a/b:1', found: 0 },
  {
    name: 'with all tags of Docker Hub',
    bound: 'b',
    wanted: 'quay.io/a/b:2',
    options: '\nAllTags=1',
    found: 1,
  },
  { name: 'with all tags', bound: 'b', wanted: 'docker.io/b:2', options: '\nAllTags=1', found: 0 },
  { name: 'by another name than the alias means', bound: 'docker.io/library/b:1', wanted: 'b:1', found: 1 },
])('knows a short name that registries.conf of the root has an alias for: bound $name', (row) => {
  const tree = {
    'etc/containers/registries.conf.d/a.conf': '[aliases]\n"b" = "quay.io/a/b"\n',
    [`${vendors}/x.image`]: `[Image]\nImage=${row.bound}${row.options ?? ''}`,
    [`${units}/b.container`]: container(`Image=${row.wanted}`),
  };
  expect(unbound(tree)).toHaveLength(row.found);
});

test.each<{ name: string; tree: TreeSpec; found: readonly string[] }>([
  {
    name: 'a variable',
    tree: { [`${units}/b.container`]: container('Image=quay.io/a/b:${TAG}') },
    found: [unknown('b.container', 2, 'X')],
  },
  {
    name: 'a specifier',
    tree: { [`${units}/b@.container`]: container('Image=quay.io/a/b:%i') },
    found: [
      unknown(
        'b@.container',
        2,
        'the systemd specifier %i has a value on the running host only, and the pull comes before the boot',
      ),
    ],
  },
  {
    name: 'no reference',
    tree: { [`${units}/b.container`]: container('Image=quay.io/A/b:1') },
    found: [unknown('b.container', 2, 'X')],
  },
  {
    name: 'a unit that quadlet refuses',
    tree: { [`${units}/b.container`]: container('Image=quay.io/a/b:1', 'Imag=quay.io/a/c:1') },
    found: [unknown('b.container', 3, 'X')],
  },
  {
    name: 'a unit in a directory that is lost, and the one that loses it',
    tree: {
      [`${units}/b.container`]: container('Image=quay.io/a/b:1'),
      [`${units}/c.container`]: 'Image=quay.io/a/c:1\n',
    },
    found: [unknown('c.container', 1, 'X'), unknown('b.container', 0, 'X')],
  },
  {
    name: 'YAML that is the host’s',
    tree: { [`${units}/b.kube`]: '[Kube]\nYaml=/var/lib/b.yaml' },
    found: [unknown('b.kube', 2, 'X')],
  },
])('what cannot be known is said: $name', ({ tree, found }) => {
  const shown = (text: string) =>
    text.replace(/(is not known: ).* \| /, '$1X | ').replace(/:(?:null|0): /, ':0: ');
  const got = unbound(tree);
  expect(got.map(found.some((text) => text.includes('X |')) ? shown : String)).toEqual(found);
});

test.each<{ name: string; tree: TreeSpec; hint: string }>([
  {
    name: 'an image that no registry has',
    tree: { [`${units}/b.container`]: container('Image=localhost/b:1') },
    hint: `push the image to a registry, and write its name there; then link to /${units}/b.container from /usr/lib/bound-images.d`,
  },
  {
    name: 'an auth file that bootc refuses',
    tree: {
      [`${units}/b.image`]:
        '[Image]\nImage=quay.io/a/b:1\nAuthFile=/etc/b.json\n[Install]\nWantedBy=default.target',
      'etc/b.json': '{}',
    },
    hint: `link to /${units}/b.image from /usr/lib/bound-images.d`,
  },
])('advice leads to no error: $name', ({ tree, hint }) => {
  expect(unbound(tree).map((text) => text.split(' | ')[1])).toEqual([hint]);
});

test('advice names the directory that is read', () => {
  const roots = makeRoots({
    [`${units}/b.container`]: container('Image=quay.io/a/b:1'),
    'usr/lib/own.d/': dir(),
  });
  const directories = [rootPath('/usr/lib/own.d')];
  const { entries, units: search } = scan(roots.newRoot, directories);
  const [finding] = unboundImages({ roots, entries, units: search }, directories);
  expect(finding?.hint).toBe(`link to /${units}/b.container from /usr/lib/own.d`);
});

test.each<{ name: string; tree: TreeSpec; found: readonly string[] }>([
  {
    name: 'of kinds that want none by themselves nothing is said where a unit beside them is broken',
    tree: {
      [`${units}/data.volume`]: '[Volume]\n',
      [`${units}/n.network`]: '[Network]\n',
      [`${units}/broken.container`]: '[Container]\nImage=quay.io/a/b:1\n---\n',
    },
    found: ['broken.container'],
  },
  {
    name: 'what is bound and broken is said to be broken alone',
    tree: {
      [`${vendors}/b.container`]: symlink(`/${units}/b.container`),
      [`${units}/b.container`]: '[Container]\nImage=quay.io/a/b:1\n---\n',
    },
    found: [],
  },
  {
    name: 'and so where a pod has it',
    tree: {
      [`${vendors}/a.container`]: symlink(`/${units}/a.container`),
      [`${units}/a.container`]: '[Container]\nPod=p.pod\nImage=quay.io/a/b:${X}\n',
      [`${units}/p.pod`]: '[Pod]\n',
    },
    found: [],
  },
])('$name', ({ tree, found }) => {
  const named = unbound(tree).map((text) => /whether \S*\/(\S+) wants/.exec(text)?.[1]);
  expect(named).toEqual(found);
});

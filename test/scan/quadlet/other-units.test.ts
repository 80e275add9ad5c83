import { describe, expect, test } from 'vitest';
import { scan } from '../../../src/scan/scan.js';
import { makeRoots } from '../../support/roots.js';
import { symlink, type TreeSpec } from '../../support/tree.js';

const units = 'usr/share/containers/systemd';

interface Row {
  readonly name: string;
  /** The unit that is bound. */
  readonly bound: string;
  /** Below /usr/share/containers/systemd. */
  readonly tree: TreeSpec;
  readonly images?: readonly string[];
  readonly findings?: readonly string[];
}

function rootOf(bound: readonly string[], tree: TreeSpec) {
  const links = bound.map((name) => [`usr/lib/bound-images.d/${name}`, symlink(`/${units}/${name}`)]);
  const files = Object.entries(tree).map(([path, node]) => [`${units}/${path}`, node]);
  return makeRoots(Object.fromEntries([...links, ...files])).newRoot;
}

function check({ bound, tree, images = [], findings = [] }: Row) {
  const scanned = scan(rootOf([bound], tree));
  expect({
    images: scanned.images.map(({ reference, arguments: args }) => [reference.text, ...args].join(' ')),
    findings: scanned.diagnostics.map(({ rule, file, line, column }) =>
      [rule, file?.slice(file.lastIndexOf('/') + 1), line, column].filter((part) => part !== null).join(' '),
    ),
  }).toEqual({ images, findings });
}

const volume = '[Volume]\nDriver=image\nImage=';
const imageB = '[Image]\nImage=quay.io/a/b:1\nArch=arm64';

describe('a .volume unit', () => {
  test.each<Row>([
    {
      name: 'binds the image of its .image unit, pulled as that says',
      bound: 'v.volume',
      tree: { 'v.volume': `${volume}b.image`, 'b.image': imageB },
      images: ['quay.io/a/b:1 --arch arm64'],
    },
    {
      name: 'binds its image, with a warning that podman does not pull it',
      bound: 'v.volume',
      tree: { 'v.volume': `${volume}quay.io/a/a:1` },
      images: ['quay.io/a/a:1'],
      findings: ['image-pulled-by-none v.volume 3 7'],
    },
    {
      name: 'of another driver binds nothing, with a warning',
      bound: 'v.volume',
      tree: { 'v.volume': '[Volume]\nImage=quay.io/a/a:1' },
      findings: ['volume-binds-nothing v.volume 1 1'],
    },
    {
      name: 'with options and no device is an error',
      bound: 'v.volume',
      tree: { 'v.volume': '[Volume]\nOptions=ro' },
      findings: ['unit-refused v.volume 2 9', 'volume-binds-nothing v.volume 1 1'],
    },
    {
      name: 'with an .image unit that is missing is an error',
      bound: 'v.volume',
      tree: { 'v.volume': `${volume}b.image` },
      findings: ['image-unit-missing v.volume 3 7'],
    },
  ])('$name', check);
});

describe('a .container unit', () => {
  const container = (line: string) => `[Container]\nImage=quay.io/a/a:1\n${line}`;
  test.each<Row>([
    {
      name: 'binds the image of a volume unit',
      bound: 'a.container',
      tree: {
        'a.container': container('Volume=v.volume:/x'),
        'v.volume': `${volume}b.image`,
        'b.image': imageB,
      },
      images: ['quay.io/a/a:1', 'quay.io/a/b:1 --arch arm64'],
    },
    {
      name: 'binds the image unit of a mount',
      bound: 'a.container',
      tree: { 'a.container': container('Mount=type=image,source=b.image,dst=/x'), 'b.image': imageB },
      images: ['quay.io/a/a:1', 'quay.io/a/b:1 --arch arm64'],
    },
    {
      name: 'binds the image of a mount, with a warning that points at it',
      bound: 'a.container',
      tree: { 'a.container': container('Mount=type=image,\\\n  src=quay.io/a/b:1,dst=/x') },
      images: ['quay.io/a/a:1', 'quay.io/a/b:1'],
      findings: ['image-pulled-by-none a.container 4 7'],
    },
    {
      name: 'binds no image for mounts of paths and names',
      bound: 'a.container',
      tree: { 'a.container': container('Mount=type=bind,src=/b,dst=/b\nVolume=b:/c\nMount=src=d,dst=/d') },
      images: ['quay.io/a/a:1'],
    },
    {
      name: 'with a volume unit that is not valid is an error at both',
      bound: 'a.container',
      tree: { 'a.container': container('Volume=v.volume:/x'), 'v.volume': '[Volume]\nDriver=image' },
      images: ['quay.io/a/a:1'],
      findings: ['image-unit-invalid a.container 3 8', 'image-missing v.volume 1 1'],
    },
  ])('$name', check);
});

describe('a .pod unit', () => {
  test.each<Row>([
    {
      name: 'binds the images of the containers that start with it',
      bound: 'p.pod',
      tree: {
        'p.pod': '[Pod]',
        'a.container': '[Container]\nImage=quay.io/a/a:1\nPod=p.pod',
        'b.container': '[Container]\nImage=quay.io/a/b:1\nPod=p.pod\nStartWithPod=no',
        'c.container': '[Container]\nImage=quay.io/a/c:1',
      },
      images: ['quay.io/a/a:1'],
    },
    {
      name: 'without a container binds nothing, with a warning',
      bound: 'p.pod',
      tree: { 'p.pod': '[Pod]' },
      findings: ['pod-binds-nothing p.pod 1 1'],
    },
    {
      name: 'with a container that is not valid is an error',
      bound: 'p.pod',
      tree: { 'p.pod': '[Pod]', 'a.container': '[Container]\nPod=p.pod' },
      findings: ['pod-container-invalid p.pod 1 1', 'image-missing a.container 1 1'],
    },
  ])('$name', check);
});

test('a .volume unit in bootc’s own directory is a warning, as bootc knows none', () => {
  const { newRoot } = makeRoots({
    'usr/lib/bootc/bound-images.d/v.volume': symlink(`/${units}/v.volume`),
    [`${units}/v.volume`]: `${volume}b.image`,
    [`${units}/b.image`]: imageB,
  });
  const { images, diagnostics } = scan(newRoot);
  expect(images).toHaveLength(1);
  expect(diagnostics.map(({ rule }) => rule)).toEqual(['entry-in-bootc-directory']);
});

describe('an .artifact unit', () => {
  const artifact = '[Artifact]\nArtifact=quay.io/a/r:1';
  test('binds its artifact, with what it says about the pull', () => {
    const roots = makeRoots({
      'usr/lib/bound-images.d/r.artifact': symlink(`/${units}/r.artifact`),
      [`${units}/r.artifact`]: `${artifact}\nAuthFile=/a.json\nRetry=2\nQuiet=no\nTLSVerify=no\nPodmanArgs=-q`,
    });
    const { images, diagnostics } = scan(roots.newRoot);
    expect(diagnostics).toEqual([]);
    expect(images).toMatchObject([
      {
        kind: 'artifact',
        reference: { text: 'quay.io/a/r:1' },
        arguments: ['--authfile', '/a.json', '--retry', '2', '--quiet=false', '--tls-verify=false', '-q'],
        options: { authfile: { value: '/a.json' }, tlsVerify: { value: false } },
      },
    ]);
  });

  test('is another thing than an image of the same name', () => {
    const { newRoot } = makeRoots({
      'usr/lib/bound-images.d/r.artifact': symlink(`/${units}/r.artifact`),
      [`${units}/r.artifact`]: artifact,
      'usr/lib/bound-images.d/r.toml': 'images = ["quay.io/a/r:1"]',
    });
    expect(scan(newRoot).images.map(({ kind }) => kind)).toEqual(['artifact', 'image']);
  });

  test.each<Row>([
    {
      name: 'must name an artifact',
      bound: 'r.artifact',
      tree: { 'r.artifact': '[Artifact]\nQuiet=yes' },
      findings: ['unit-refused r.artifact 1 1'],
    },
    {
      name: 'must name it by tag or by digest, not both',
      bound: 'r.artifact',
      tree: { 'r.artifact': `${artifact}@sha256:${'a'.repeat(64)}` },
      findings: ['artifact-reference r.artifact 2 10'],
    },
    {
      name: 'takes no archive',
      bound: 'r.artifact',
      tree: { 'r.artifact': '[Artifact]\nArtifact=oci:/x' },
      findings: ['artifact-reference r.artifact 2 10'],
    },
    {
      name: 'takes no options of other pulls',
      bound: 'r.artifact',
      tree: { 'r.artifact': `${artifact}\nPodmanArgs=--arch arm64` },
      images: ['quay.io/a/r:1'],
      findings: ['podman-arguments r.artifact 3 12', 'podman-arguments r.artifact 3 19'],
    },
    {
      name: 'is bound by who mounts it, too',
      bound: 'a.container',
      tree: {
        'a.container':
          '[Container]\nImage=quay.io/a/a:1\nMount=type=artifact,source=r.artifact,destination=/r',
        'r.artifact': artifact,
      },
      images: ['quay.io/a/a:1', 'quay.io/a/r:1'],
    },
    {
      name: 'is not needed by who mounts an artifact by its name, which podman does not pull',
      bound: 'a.container',
      tree: {
        'a.container': '[Container]\nImage=quay.io/a/a:1\nMount=type=artifact,source=quay.io/a/r:1,dst=/r',
      },
      images: ['quay.io/a/a:1', 'quay.io/a/r:1'],
      findings: ['image-pulled-by-none a.container 3 28'],
    },
  ])('$name', check);
});

describe('a .kube unit', () => {
  const kube = '[Kube]\nYaml=k.yaml';
  test.each<Row>([
    {
      name: 'binds the images of its pods, with what makes pods, init containers, volumes and lists',
      bound: 'k.kube',
      tree: {
        'k.kube': `${kube} sub/l.yaml\nPodmanArgs=--tls-verify=false`,
        'k.yaml': `
apiVersion: v1
kind: Pod
spec:
  initContainers: [{name: i, image: quay.io/a/init:1}]
  containers:
    - {name: a, image: "quay.io/a/a:1"}
    - name: none
  volumes:
    - {name: v, image: {reference: 'quay.io/a/volume:1'}}
---
kind: Deployment
spec: {template: {spec: {containers: [{image: quay.io/a/deployment:1}]}}}
---
kind: ConfigMap
spec: {containers: [{image: quay.io/a/no:1}]}
`,
        'sub/l.yaml':
          'kind: List\nitems:\n- {kind: Job, spec: {template: {spec: {containers: [{image: quay.io/a/job:1}]}}}}',
      },
      images: ['init', 'a', 'volume', 'deployment', 'job'].map(
        (name) => `quay.io/a/${name}:1 --tls-verify=false`,
      ),
    },
    {
      name: 'points at what is no reference in its YAML',
      bound: 'k.kube',
      tree: { 'k.kube': kube, 'k.yaml': 'kind: Pod\nspec:\n  containers:\n  - image: "quay.io/A"' },
      findings: ['reference-invalid k.yaml 4 21'],
    },
    {
      name: 'binds what an alias stands for, and is not trapped by one that stands for itself',
      bound: 'k.kube',
      tree: {
        'k.kube': kube,
        'k.yaml': `kind: Pod
spec:
  containers: &all
    - &one {name: a, image: &text quay.io/a/a:1}
    - {name: b, image: *text}
    - *one
  initContainers: *all
---
&list
kind: List
items: [*list]
`,
      },
      images: ['quay.io/a/a:1'],
    },
    {
      name: 'with YAML that cannot be read is an error in it',
      bound: 'k.kube',
      tree: { 'k.kube': kube, 'k.yaml': 'kind: Pod\nspec: [' },
      findings: ['kube-yaml-unusable k.yaml 2 8'],
    },
    {
      // Were the time to read it to grow with the square of the mistakes, this test would run into its limit.
      name: 'with YAML of nothing but mistakes is one error',
      bound: 'k.kube',
      tree: { 'k.kube': kube, 'k.yaml': '"'.repeat(60_000) },
      findings: ['kube-yaml-unusable k.yaml 1 3'],
    },
    {
      name: 'with YAML that is not there is an error at its name',
      bound: 'k.kube',
      tree: { 'k.kube': '[Kube]\nYaml="a b.yaml"' },
      findings: ['kube-yaml-unusable k.kube 2 7'],
    },
    {
      name: 'without pods binds nothing, with a warning',
      bound: 'k.kube',
      tree: { 'k.kube': kube, 'k.yaml': 'kind: Secret' },
      findings: ['kube-binds-nothing k.kube 1 1'],
    },
    {
      name: 'with a specifier in the name of its YAML is an error',
      bound: 'k.kube',
      tree: { 'k.kube': '[Kube]\nYaml=%h/k.yaml' },
      findings: ['specifier k.kube 2 6', 'kube-yaml-unusable k.kube 2 6'],
    },
  ])('$name', check);
});

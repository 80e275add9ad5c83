import { describe, expect, test } from 'vitest';
import { scanUnits } from '../../support/scan-units.js';
import type { TreeSpec } from '../../support/tree.js';

interface Row {
  readonly name: string;
  readonly bound: string;
  readonly tree: TreeSpec;
  readonly images: readonly string[];
  readonly findings?: readonly string[];
}

function check({ bound, tree, images, findings = [] }: Row) {
  const scanned = scanUnits([bound], tree);
  expect({ images: scanned.images, findings: scanned.findings }).toEqual({ images, findings });
}

describe('the podman arguments of a .pod', () => {
  test.each<Row>([
    {
      name: 'bind the image of the infra container, with the global arguments of the pod',
      bound: 'p.pod',
      tree: { 'p.pod': '[Pod]\nGlobalArgs=--syslog\nPodmanArgs=--label a=b --infra-image quay.io/a/pause:1' },
      images: ['quay.io/a/pause:1 --syslog'],
    },
    {
      name: 'count the last infra image, and an empty one as none',
      bound: 'p.pod',
      tree: {
        'p.pod': '[Pod]\nPodmanArgs=--infra-image=quay.io/a/pause:1\nPodmanArgs="--infra-image="',
      },
      images: [],
      findings: ['pod-binds-nothing p.pod 1 1'],
    },
    {
      name: 'take an infra image for no reference to a unit, and point at what is wrong with it',
      bound: 'p.pod',
      tree: {
        'p.pod': '[Pod]\nPodmanArgs=\\\n  --infra-image=quay.io/%i/b.image',
        'b.image': '[Image]\nImage=quay.io/a/b:1',
      },
      images: [],
      findings: ['specifier p.pod 3 25'],
    },
    {
      name: 'with an infra image that is missing are an error',
      bound: 'p.pod',
      tree: { 'p.pod': '[Pod]\nPodmanArgs=--infra-image' },
      images: [],
      findings: ['podman-arguments p.pod 2 12'],
    },
    {
      name: 'may be known at boot only where they name no image',
      bound: 'p.pod',
      tree: { 'p.pod': '[Pod]\nPodmanArgs=--infra-image=a.example/b:1 --hostname %H' },
      images: ['a.example/b:1'],
    },
    {
      name: 'with another name for the pod are an error',
      bound: 'p.pod',
      tree: { 'p.pod': '[Pod]\nPodmanArgs=--infra-image=a.example/b:1 p' },
      images: ['a.example/b:1'],
      findings: ['podman-arguments p.pod 2 40'],
    },
    {
      name: 'that quadlet drops are a warning',
      bound: 'p.pod',
      tree: { 'p.pod': '[Pod]\nPodmanArgs=--infra-image a.example/b:1 \\q' },
      images: [],
      findings: ['words-ignored p.pod 2 40', 'pod-binds-nothing p.pod 1 1'],
    },
  ])('$name', check);
});

describe('the podman arguments of an .image', () => {
  const image = (args: string) => `[Image]\nImage=quay.io/a/a:1\nPodmanArgs=${args}`;
  test.each<Row>([
    {
      name: 'may name a policy for the pull of the service, which podman hides',
      bound: 'a.image',
      tree: { 'a.image': image('--signature-policy=/p.json --signature-policy /p.json -q') },
      images: ['quay.io/a/a:1 --signature-policy=/p.json --signature-policy /p.json -q'],
    },
    {
      name: 'with such an option and no value are an error',
      bound: 'a.image',
      tree: { 'a.image': image('--signature-policy') },
      images: ['quay.io/a/a:1'],
      findings: ['podman-arguments a.image 3 12'],
    },
    {
      name: 'may be switches of one letter behind one dash',
      bound: 'a.image',
      tree: { 'a.image': image('-qa') },
      images: ['quay.io/a/a:1 -qa'],
      findings: ['all-tags-with-tag a.image 3 12'],
    },
    {
      name: 'are an error where one of the letters is none',
      bound: 'a.image',
      tree: { 'a.image': image('-qr') },
      images: ['quay.io/a/a:1'],
      findings: ['podman-arguments a.image 3 12'],
    },
  ])('$name', check);
});

describe('the podman arguments of a .container', () => {
  const container = (args: string) => `[Container]\nImage=quay.io/a/a:1\nPodmanArgs=${args}`;
  test.each<Row>([
    {
      name: 'bind the image of a mount, with a warning that points at it',
      bound: 'a.container',
      tree: { 'a.container': container('--mount "type=image,src=quay.io/a/b:1,dst=/b" --init') },
      images: ['quay.io/a/a:1', 'quay.io/a/b:1'],
      findings: ['image-pulled-by-none a.container 3 36'],
    },
    {
      name: 'bind the image of an attached mount by its own name',
      bound: 'a.container',
      tree: {
        'a.container': container('--mount=type=image,source=quay.io/b.image,dst=/b'),
        'b.image': '[Image]\nImage=quay.io/a/b:1',
      },
      images: ['quay.io/a/a:1', 'quay.io/b.image'],
      findings: ['image-pulled-by-none a.container 3 38'],
    },
    {
      name: 'may mount what is known at boot only, but no image',
      bound: 'a.container',
      tree: {
        'a.container': container('--mount=type=bind,src=%h,dst=/b --mount=type=image,src=q.io/%i,dst=/b'),
      },
      images: ['quay.io/a/a:1'],
      findings: ['specifier a.container 3 72'],
    },
    {
      name: 'with --platform beside --arch are an error, as podman refuses both',
      bound: 'a.container',
      tree: { 'a.container': container('--platform linux/arm64 --variant v8 --arch arm64 --os=') },
      images: ['quay.io/a/a:1 --arch arm64 --os  --variant v8'],
      findings: ['podman-arguments a.container 3 12'],
    },
    {
      name: 'with a word before all options are an error: it would be the image',
      bound: 'a.container',
      tree: { 'a.container': container('quay.io/a/b:1 --memory 1g') },
      images: ['quay.io/a/a:1'],
      findings: ['podman-arguments a.container 3 12'],
    },
    {
      name: 'with a word behind a complete option are an error',
      bound: 'a.container',
      tree: { 'a.container': container('--memory 1g --label=a=b c --pull missing d --tls-verify e') },
      images: ['quay.io/a/a:1 --tls-verify'],
      findings: [
        'podman-arguments a.container 3 36',
        'podman-arguments a.container 3 53',
        'podman-arguments a.container 3 68',
      ],
    },
    {
      name: 'may name the platform and a policy as podman hides it',
      bound: 'a.container',
      tree: {
        'a.container': container(
          '--override-arch arm64 --override-os=linux --override-variant=v8 --signature-policy /p.json',
        ),
      },
      images: ['quay.io/a/a:1 --arch arm64 --os linux --variant v8'],
    },
    {
      name: 'may have a value behind any option that is not known',
      bound: 'a.container',
      tree: { 'a.container': container('--memory 1g --init -v /a:/b --label x=y -e "A=b c"') },
      images: ['quay.io/a/a:1'],
    },
  ])('$name', check);
});

describe('the podman arguments of a .kube', () => {
  const yaml = `kind: Pod
spec:
  containers:
    - image: localhost/app:1
    - image: quay.io/a/b:1
  volumes:
    - image: { reference: quay.io/a/data }
`;
  const tree = (...lines: readonly string[]): TreeSpec => ({
    'a.kube': ['[Kube]', 'Yaml=k/a.yaml', ...lines].join('\n'),
    'k/a.yaml': yaml,
    'k/app/Containerfile': 'FROM scratch',
    'k/data/Dockerfile': 'FROM scratch',
    'app/Dockerfile': 'FROM scratch',
    '/srv/b/Containerfile': 'FROM scratch',
  });
  const all = ['localhost/app:1', 'quay.io/a/b:1', 'quay.io/a/data'];

  test.each<Row>([
    {
      name: 'with --build are an error for images with a Containerfile beside the YAML',
      bound: 'a.kube',
      tree: tree('SetWorkingDirectory=yaml', 'PodmanArgs=--build'),
      images: ['quay.io/a/b:1'],
      findings: ['image-from-build k/a.yaml 4 14', 'image-from-build k/a.yaml 7 27'],
    },
    {
      name: 'with --build look beside the unit',
      bound: 'a.kube',
      tree: tree('SetWorkingDirectory=unit', 'PodmanArgs=--build=1'),
      images: ['quay.io/a/b:1', 'quay.io/a/data'],
      findings: ['image-from-build k/a.yaml 4 14'],
    },
    {
      name: 'with --build look in the working directory of the service, whatever SetWorkingDirectory= says',
      bound: 'a.kube',
      tree: tree('SetWorkingDirectory=unit', 'PodmanArgs=--build', '[Service]', 'WorkingDirectory=/srv'),
      images: ['localhost/app:1', 'quay.io/a/data'],
      findings: ['image-from-build k/a.yaml 5 14'],
    },
    {
      name: 'with --build look in --context-dir',
      bound: 'a.kube',
      tree: tree('SetWorkingDirectory=unit', 'PodmanArgs=--context-dir ./k --build'),
      images: ['quay.io/a/b:1'],
      findings: ['image-from-build k/a.yaml 4 14', 'image-from-build k/a.yaml 7 27'],
    },
    {
      name: 'with --build look in / where nothing else is said',
      bound: 'a.kube',
      tree: { ...tree('PodmanArgs=--build'), '/b/Containerfile': 'FROM scratch' },
      images: ['localhost/app:1', 'quay.io/a/data'],
      findings: ['image-from-build k/a.yaml 5 14'],
    },
    {
      name: 'with --build=false pull all images',
      bound: 'a.kube',
      tree: tree('SetWorkingDirectory=yaml', 'PodmanArgs=--build --build=false'),
      images: all,
    },
    {
      name: 'without --build pull all images, as podman builds only what is missing',
      bound: 'a.kube',
      tree: tree('SetWorkingDirectory=yaml'),
      images: all,
    },
    {
      name: 'with another file are an error',
      bound: 'a.kube',
      tree: tree('PodmanArgs=/b.yaml --authfile=/a.json'),
      images: all.map((image) => `${image} --authfile /a.json`),
      findings: ['podman-arguments a.kube 3 12'],
    },
    {
      name: 'are not those of podman run, which are errors',
      bound: 'a.kube',
      tree: tree('PodmanArgs=--arch arm64 --cert-dir /c'),
      images: all.map((image) => `${image} --cert-dir /c`),
      findings: ['podman-arguments a.kube 3 12'],
    },
  ])('$name', check);
});

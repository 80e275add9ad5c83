import { describe, test } from 'vitest';
import { checkUnit, type UnitRow } from './unit-row.js';

describe('a .pod unit', () => {
  test.each<UnitRow>([
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
  ])('$name', checkUnit);
});

const conf = { '/etc/containers/containers.conf': '[engine]\ninfra_image = "quay.io/a/pause:1"\n' };

describe('the infra image of containers.conf', () => {
  test.each<UnitRow>([
    {
      name: 'is bound by a pod that names none',
      bound: 'p.pod',
      tree: { ...conf, 'p.pod': '[Pod]' },
      images: ['quay.io/a/pause:1'],
    },
    {
      name: 'is not bound by a pod that names another',
      bound: 'p.pod',
      tree: { ...conf, 'p.pod': '[Pod]\nPodmanArgs=--infra-image=quay.io/a/own:1' },
      images: ['quay.io/a/own:1'],
    },
    {
      name: 'is not bound by a pod that wants that of podman',
      bound: 'p.pod',
      tree: { ...conf, 'p.pod': '[Pod]\nPodmanArgs=--infra-image=' },
      findings: ['pod-binds-nothing p.pod 1 1'],
    },
    {
      name: 'is bound with the images of a .kube unit',
      bound: 'k.kube',
      tree: {
        ...conf,
        'k.kube': '[Kube]\nYaml=k.yaml\nPodmanArgs=--tls-verify=false',
        'k.yaml': 'kind: Pod\nspec:\n  containers:\n    - image: quay.io/a/b:1\n',
      },
      images: ['quay.io/a/b:1 --tls-verify=false', 'quay.io/a/pause:1'],
    },
    {
      name: 'is not bound by a container without a pod, but the images of mounts are',
      bound: 'a.container',
      tree: {
        '/etc/containers/containers.conf':
          '[engine]\ninfra_image = "quay.io/a/pause:1"\n[containers]\nmounts = ["type=image,src=quay.io/a/b:1,dst=/b"]\n',
        '/etc/containers/containers.conf.d/a.conf':
          '[containers]\nmounts = ["type=bind,src=/c,dst=/c", {append = true}]\n',
        'a.container': '[Container]\nImage=quay.io/a/a:1',
      },
      images: ['quay.io/a/a:1', 'quay.io/a/b:1'],
      findings: ['image-pulled-by-none /etc/containers/containers.conf 4 27'],
    },
    {
      name: 'is not bound by a container without a pod',
      bound: 'a.container',
      tree: { ...conf, 'a.container': '[Container]\nImage=quay.io/a/a:1' },
      images: ['quay.io/a/a:1'],
    },
    {
      name: 'is an error where it is no reference',
      bound: 'p.pod',
      tree: { 'p.pod': '[Pod]', '/etc/containers/containers.conf': '[engine]\ninfra_image = "quay.io/A"\n' },
      findings: ['reference-invalid /etc/containers/containers.conf 2 24'],
    },
  ])('$name', checkUnit);
});

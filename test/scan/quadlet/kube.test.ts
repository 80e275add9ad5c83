import { describe, test } from 'vitest';
import { checkUnit, type UnitRow } from './unit-row.js';

describe('a .kube unit', () => {
  const kube = '[Kube]\nYaml=k.yaml';
  test.each<UnitRow>([
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
  ])('$name', checkUnit);
});

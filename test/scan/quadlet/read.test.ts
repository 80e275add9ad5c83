import { expect, test } from 'vitest';
import { scanUnits } from '../../support/scan-units.js';
import { symlink, type TreeSpec } from '../../support/tree.js';

const container = '[Container]\nImage=quay.io/a/a:1\n';
const image = '[Image]\nImage=quay.io/a/a:1\n';

interface Row {
  readonly name: string;
  readonly bound: readonly string[];
  readonly tree: TreeSpec;
  readonly findings: readonly string[];
}

test.each<Row>([
  {
    name: 'warns at the section of a unit whose service a later type has',
    bound: ['a-pod.container'],
    tree: { 'a-pod.container': `# a\n${container}`, 'a.pod': '[Pod]' },
    findings: ['service-replaced a-pod.container 2 1'],
  },
  {
    name: 'warns at the ServiceName= of a drop-in, behind a continuation',
    bound: ['a.image'],
    tree: {
      'a.image': image,
      'a.image.d/1.conf': '[Image]\nServiceName=\\\n  b',
      'b.container': container,
    },
    findings: ['service-replaced a.image.d/1.conf 3 3'],
  },
  {
    name: 'warns at both units of one order, as only chance says which is written last',
    bound: ['a.container', 'b.container'],
    tree: { 'a.container': container, 'b.container': `${container}ServiceName=a` },
    findings: ['service-replaced a.container 1 1', 'service-replaced b.container 3 13'],
  },
  {
    name: 'warns at the container of a pod',
    bound: ['a.pod'],
    tree: { 'a.pod': '[Pod]', 'a-pod.container': `${container}Pod=a.pod` },
    findings: ['service-replaced a-pod.container 1 1'],
  },
  {
    name: 'says nothing of the unit that is written last',
    bound: ['a.container'],
    tree: { 'a.container': container, 'b.image': `${image}ServiceName=a` },
    findings: [],
  },
  {
    name: 'says nothing where the other unit is masked',
    bound: ['a.container'],
    tree: { 'a.container': container, 'a.kube': symlink('/dev/null') },
    findings: [],
  },
  {
    name: 'says nothing of a file outside the search path, of which no service is made',
    bound: ['x.d/a.container'],
    tree: { 'x.d/a.container': container, 'a.kube': '[Kube]' },
    findings: ['unit-outside-search-path /usr/lib/bound-images.d/a.container'],
  },
])('$name', ({ bound, tree, findings }) => {
  expect(scanUnits(bound, tree).findings).toEqual(findings);
});

test('names the unit that boots', () => {
  const tree = { 'a-pod.container': container, 'a.pod': '[Pod]' };
  expect(scanUnits(['a-pod.container'], tree).diagnostics[0]?.message).toBe(
    'what boots as a-pod.service is /usr/share/containers/systemd/a.pod: quadlet writes its service over that of this unit',
  );
});

import { describe, expect, test } from 'vitest';
import { isRetryCount, isRetryDelay, parsePullPolicy } from '../../../src/scan/quadlet/service-pull.js';
import { scanUnits } from '../../support/scan-units.js';
import type { TreeSpec } from '../../support/tree.js';

const container = (...lines: readonly string[]) =>
  ['[Container]', 'Image=quay.io/a/a:1', ...lines].join('\n');
const image = (...lines: readonly string[]) => ['[Image]', 'Image=quay.io/a/a:1', ...lines].join('\n');

interface Row {
  readonly name: string;
  readonly unit: string;
  readonly others?: TreeSpec;
  readonly findings: readonly string[];
}

function check(name: string) {
  return ({ unit, others = {}, findings }: Row) => {
    expect(scanUnits([name], { [name]: unit, ...others }).findings).toEqual(findings);
  };
}

describe('a .container unit', () => {
  test.each<Row>([
    {
      name: 'with Pull=always is a warning',
      unit: container('Pull=always'),
      findings: ['pulled-at-boot a.container 3 6'],
    },
    {
      name: 'with Pull=newer in quotes, behind a continuation, is a warning',
      unit: container('Pull=\\', '# x', '  "Newer"'),
      findings: ['pulled-at-boot a.container 5 4'],
    },
    {
      name: 'with Pull=always in a drop-in is a warning there',
      unit: container('Pull=missing'),
      others: { 'container.d/1.conf': '[Container]\nPull=always' },
      findings: ['pulled-at-boot container.d/1.conf 2 6'],
    },
    {
      name: 'with --pull in its arguments is a warning there, as it counts more',
      unit: container('Pull=never', 'PodmanArgs=--memory 1g \\', '  --pull always'),
      findings: ['pulled-at-boot a.container 5 10'],
    },
    {
      name: 'with --pull=missing in its arguments is fine whatever Pull= says',
      unit: container('PodmanArgs=--pull=missing', 'Pull=sometimes'),
      findings: [],
    },
    { name: 'with an empty Pull= is fine', unit: container('Pull=always', 'Pull='), findings: [] },
    {
      name: 'without Pull= asks where containers.conf wants it, and once for all',
      unit: container(),
      others: { '/etc/containers/containers.conf': '[engine]\npull_policy = "newer"' },
      findings: ['pulled-at-boot /etc/containers/containers.conf 2 15'],
    },
    {
      name: 'with an empty Pull= asks where containers.conf wants it',
      unit: container('Pull=always', 'Pull='),
      others: { '/usr/share/containers/containers.conf': '[engine]\npull_policy = "always"' },
      findings: ['pulled-at-boot /usr/share/containers/containers.conf 2 15'],
    },
    {
      name: 'says it better than containers.conf',
      unit: container('Pull=missing'),
      others: { '/etc/containers/containers.conf': '[engine]\npull_policy = "always"' },
      findings: [],
    },
    {
      name: 'says it better than containers.conf with its arguments',
      unit: container('PodmanArgs=--pull='),
      others: { '/etc/containers/containers.conf': '[engine]\npull_policy = "always"' },
      findings: [],
    },
    {
      name: 'asks as the last of the drop-ins of containers.conf wants it',
      unit: container(),
      others: {
        '/etc/containers/containers.conf': '[engine]\npull_policy = "always"',
        '/etc/containers/containers.conf.d/2.conf': '[engine]\npull_policy = "missing"',
        '/etc/containers/containers.conf.d/1.conf': '[engine]\npull_policy = "newer"',
      },
      findings: [],
    },
    { name: 'with Pull=never is fine', unit: container('Pull=never'), findings: [] },
    {
      name: 'with a policy that podman does not know is an error',
      unit: container('Pull=if-missing'),
      findings: ['pull-policy-unknown a.container 3 6'],
    },
    {
      name: 'with a policy that is known at boot only is an error',
      unit: container('Pull=%i'),
      findings: ['pull-policy-unknown a.container 3 6'],
    },
    {
      name: 'with --pull and without a policy is an error',
      unit: container('PodmanArgs=--tls-verify=no --pull'),
      findings: ['podman-arguments a.container 3 12', 'podman-arguments a.container 3 28'],
    },
    {
      name: 'with retries that podman refuses is an error at each',
      unit: container('Retry=-1', 'RetryDelay=5', 'PodmanArgs=--retry 3x --retry=0x1f'),
      findings: [
        'retry-invalid a.container 3 7',
        'retry-invalid a.container 5 20',
        'retry-invalid a.container 4 12',
      ],
    },
    {
      name: 'with retries that podman takes is fine',
      unit: container('Retry="3"', 'RetryDelay=1m30s', 'PodmanArgs=--retry-delay=.5s'),
      findings: [],
    },
    {
      name: 'that pulls at boot what an .image unit pulled is a warning',
      unit: '[Container]\nImage=b.image\nPull=always',
      others: { 'b.image': image() },
      findings: ['pulled-at-boot a.container 3 6'],
    },
    {
      name: 'of an archive asks no registry',
      unit: '[Container]\nImage=oci-archive:/a.tar\nPull=always',
      findings: [],
    },
    {
      name: 'with words for the container that are known at boot only is fine',
      unit: container('PodmanArgs=--hostname=%H --env A=${B} --pull=missing'),
      findings: [],
    },
  ])('$name', check('a.container'));
});

describe('an .image unit', () => {
  test.each<Row>([
    {
      name: 'with a policy that podman does not know is an error',
      unit: image('Policy=ifmissing', 'PodmanArgs=--policy sometimes'),
      findings: ['pull-policy-unknown a.image 4 21'],
    },
    {
      name: 'with Policy= of a specifier is an error',
      unit: image('Policy=%i'),
      findings: ['pull-policy-unknown a.image 3 8'],
    },
    { name: 'with any policy that podman knows is fine', unit: image('Policy=ALWAYS'), findings: [] },
    {
      name: 'with retries that podman refuses is an error at each',
      unit: image('Retry=three', 'RetryDelay=2 s'),
      findings: ['retry-invalid a.image 3 7', 'retry-invalid a.image 4 12'],
    },
    {
      name: 'with a delay that a later one replaces is fine',
      unit: image('RetryDelay=2', 'PodmanArgs=--retry-delay 2s'),
      findings: [],
    },
  ])('$name', check('a.image'));
});

test('a .kube unit with a policy in its YAML has its findings there', () => {
  const yaml = [
    'kind: Pod',
    'spec:',
    '  initContainers:',
    '    - { image: quay.io/a/a:1, imagePullPolicy: Always }',
    '    - { image: quay.io/a/b:1, imagePullPolicy: IfNotPresent }',
    '  containers:',
    '    - image: quay.io/a/c:1',
    '      imagePullPolicy: "Sometimes"',
    '    - image: quay.io/a/d:latest',
    '  volumes:',
    '    - image: { reference: quay.io/a/e:1, pullPolicy: IfNewer }',
  ].join('\n');
  const { images, findings } = scanUnits(['a.kube'], { 'a.kube': '[Kube]\nYaml=a.yaml', 'a.yaml': yaml });
  expect(images).toHaveLength(5);
  expect(findings).toEqual([
    'pulled-at-boot a.yaml 4 48',
    'pull-policy-unknown a.yaml 8 25',
    'pulled-at-boot a.yaml 11 54',
  ]);
});

test.each([
  ['always', 'always'],
  ['Missing', 'missing'],
  ['', 'missing'],
  ['ifmissing', 'missing'],
  ['IfNotPresent', 'missing'],
  ['NEWER', 'newer'],
  ['IfNewer', 'newer'],
  ['never', 'never'],
  [' always', undefined],
  ['if-not-present', undefined],
  ['true', undefined],
])('takes the policy %j for %s', (text, policy) => {
  expect(parsePullPolicy(text)).toBe(policy);
});

test.each([
  ...['0', '3', '18', '0x1F', '0b1', '0o17', '017', '1_000', '0_7'].map((text) => [text, true] as const),
  ...['', '-1', '+3', '3.0', '3s', ' 3', '0x', '08', '1__0', '_1', '1_', '3e2', '３'].map(
    (text) => [text, false] as const,
  ),
])('reads %j as a number of retries as Go does: %s', (text, valid) => {
  expect(isRetryCount(text)).toBe(valid);
});

test.each([
  ...['', '0', '-0', '2s', '1m30s', '1.5h', '.5s', '5.s', '+2ms', '-1s', '7µs', '7us', '3ns'].map(
    (text) => [text, true] as const,
  ),
  ...['2', '2 s', 's', '.s', '2S', '1d', '1s2', '2sec', '--1s', '1,5s'].map((text) => [text, false] as const),
])('reads %j as a time between retries as Go does: %s', (text, valid) => {
  expect(isRetryDelay(text)).toBe(valid);
});

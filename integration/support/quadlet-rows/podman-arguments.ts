import type { RuleId } from '../../../src/diagnostic/rules.js';
import { asksAtBoot, type Outcome } from '../quadlet-outcome.js';
import { container, image, pull, type Row, run, section, usr } from './row.js';

type Case = readonly [name: string, lines: readonly string[], outcome: Outcome, weRefuse?: RuleId];

const containers: readonly Case[] = [
  [
    'the platform',
    ['PodmanArgs=--os linux --arch=arm64'],
    run('a', [], ['--os', 'linux', '--arch', 'arm64']),
  ],
  [
    'the platform in one',
    ['PodmanArgs=--platform linux/arm'],
    run('a', [], ['--os', 'linux', '--arch', 'arm']),
  ],
  [
    'the last of several, over several lines',
    ['PodmanArgs=--authfile /a --init', 'PodmanArgs="--authfile=/b c" --tls-verify=F'],
    run('a', [], ['--authfile', '/b c', '--tls-verify=false']),
  ],
  [
    'secrets',
    ['PodmanArgs=--creds u:p --decryption-key=/k:p'],
    run('a', [], ['--creds', 'u:p', '--decryption-key', '/k:p']),
  ],
  ['none, cleared', ['PodmanArgs=--arch arm64', 'PodmanArgs='], run('a')],
  ['none, dropped for an escape', ['PodmanArgs=--arch arm64 \\q'], run('a')],
  [
    'those before an empty word',
    ['PodmanArgs=--arch arm64 "" --os linux'],
    run('a', [], ['--arch', 'arm64']),
  ],
  ['Pull=always', ['Pull="Always"'], `${run('a')}${asksAtBoot}`],
  ['Pull=newer', ['Pull=newer'], `${run('a')}${asksAtBoot}`],
  ['Pull= behind --pull', ['PodmanArgs=--pull=missing', 'Pull=always'], run('a')],
  ['--pull behind Pull=', ['Pull=never', 'PodmanArgs=--pull newer'], `${run('a')}${asksAtBoot}`],
  ['an empty --pull=', ['Pull=always', 'PodmanArgs=--pull='], run('a')],
  ['a policy that podman refuses', ['Pull=sometimes'], run('a'), 'pull-policy-unknown'],
  ['retries that podman refuses', ['Retry=x'], run('a'), 'retry-invalid'],
  ['another word in the place of the image', ['PodmanArgs=quay.io/x/b:1'], run('a'), 'podman-arguments'],
  [
    'a mount of an image',
    ['PodmanArgs=--mount type=image,src=quay.io/x/c:1,dst=/c', 'Mount=type=image,source=b.image,dst=/b'],
    `${run('a')} + --arch arm64 quay.io/x/b:1 + quay.io/x/c:1`,
  ],
  ['a mount of no unit', ['PodmanArgs=--mount=type=image,src=b.image,dst=/c'], `${run('a')} + b.image`],
  ['a volume of an image', ['Volume=v.volume:/v'], `${run('a')} + --arch arm64 quay.io/x/b:1`],
  ['specifiers that are about no image', ['PodmanArgs=--hostname %H --label=a=${B}'], run('a')],
];

const pods: readonly Case[] = [
  [
    'an infra image',
    ['GlobalArgs=--syslog', 'PodmanArgs=--infra-image=quay.io/x/p:1'],
    'podman pod create + --syslog quay.io/x/p:1',
  ],
  [
    'the last infra image',
    ['PodmanArgs=--infra-image b.image --infra-image c.image'],
    'podman pod create + c.image',
  ],
  ['no infra image', ['PodmanArgs=--infra-image c --infra-image='], 'podman pod create'],
  ['a volume', ['Volume=v.volume:/v'], 'podman pod create + --arch arm64 quay.io/x/b:1'],
];

const kubes: readonly Case[] = [
  [
    'credentials',
    ['GlobalArgs=--syslog', 'PodmanArgs=--creds=u:p --authfile /a'],
    'podman --syslog kube play --authfile /a --creds *** /usr/share/containers/systemd/a.yaml',
  ],
  [
    'files in the order of their names',
    ['Yaml=../systemd/b.yaml'],
    'podman kube play /usr/share/containers/systemd/a.yaml /usr/share/containers/systemd/b.yaml',
  ],
  [
    'another file that quadlet does not see, which we refuse',
    ['PodmanArgs=/b.yaml'],
    'podman kube play /usr/share/containers/systemd/a.yaml',
    'podman-arguments',
  ],
  [
    'a policy that podman refuses',
    ['Yaml=c.yaml'],
    'podman kube play /usr/share/containers/systemd/a.yaml /usr/share/containers/systemd/c.yaml',
    'pull-policy-unknown',
  ],
];

const yaml = 'kind: Pod\nspec:\n  containers:\n    - image: quay.io/x/a:1\n';
const others = {
  'b.image': image('b', 'Arch=arm64'),
  'v.volume': section('Volume', 'Driver=image', 'Image=b.image'),
  'a.yaml': yaml,
  'b.yaml': yaml,
  'c.yaml': `${yaml}      imagePullPolicy: Sometimes\n`,
};
const madeOfOthers = {
  'b.image': pull('b', ['--arch', 'arm64']),
  'v.volume': 'podman volume create + --arch arm64 quay.io/x/b:1',
};

function rows(
  unit: string,
  cases: readonly Case[],
  text: (lines: readonly string[]) => string,
): readonly Row[] {
  return cases.map(([name, lines, outcome, weRefuse]) => ({
    name: `${unit}: ${name}`,
    tree: usr({ ...others, [unit]: text(lines) }),
    makes: { ...madeOfOthers, [unit]: outcome },
    ...(weRefuse === undefined ? {} : { weRefuse }),
  }));
}

/** What PodmanArgs= and the keys beside it say about images. */
export const podmanArgumentRows: readonly Row[] = [
  ...rows('a.container', containers, (lines) => container('a', ...lines)),
  ...rows('a.pod', pods, (lines) => section('Pod', ...lines)),
  ...rows('a.kube', kubes, (lines) => section('Kube', 'Yaml=a.yaml', ...lines)),
];

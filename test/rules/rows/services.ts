import { tarOf } from '../../support/tar-archive.js';
import { symlink } from '../../support/tree-spec.js';
import { container, dbWith, digest, image, otherDigest, webWith } from '../clean-root.js';
import type { Change, RuleRow } from '../rule-row.js';

const bootcs = 'usr/lib/bootc/bound-images.d';
const vendors = 'usr/lib/bound-images.d';
const units = 'usr/share/containers/systemd';
const web = `/${units}/web.container`;
const db = `/${units}/db.image`;
const store = '--storage-opt=additionalimagestore=/usr/lib/bootc/storage';

/** The clean root’s db.image with these lines behind its image, in the directory that bootc reads. */
function bootcsDb(...lines: readonly string[]): Change {
  const text = ['[Image]', `Image=quay.io/example/db@${digest}`, `GlobalArgs=${store}`, ...lines].join('\n');
  return { [`${units}/db.image`]: `${text}\n` };
}

/** The same where bootc does not read it. */
function vendorsDb(...lines: readonly string[]): Change {
  return { ...dbWith(), ...bootcsDb(...lines) };
}

/** Another unit, bound where bootc does not read it. */
function bound(name: string, text: string): Change {
  return { [`${vendors}/${name}`]: symlink(`/${units}/${name}`), [`${units}/${name}`]: text };
}

/** The clean root’s web.container with other global arguments. */
function webArguments(args: string): Change {
  const lines = ['[Container]', `Image=quay.io/example/web@${digest}`, args];
  return { [`${units}/web.container`]: `${lines.join('\n')}\n` };
}

/** A drop-in with one image and this line. */
function logs(line: string): Change {
  const table = `[[image]]\nreference = "quay.io/example/logs@${digest}"\n${line}\n`;
  return { [`${vendors}/logs.toml`]: table };
}

/** A container of the image that the clean root’s drop-in binds; more lines begin in line 4. */
const agent = agentOf(`@${digest}`);

function agentOf(version: string): string {
  return container(`Image=quay.io/example/agent${version}`);
}

/** The same image in a file of Kubernetes YAML. */
const agentPod = podOf(`quay.io/example/agent@${digest}`);

function podOf(reference: string): Change {
  const pod = [
    'apiVersion: v1',
    'kind: Pod',
    'spec:',
    '  containers:',
    '    - name: agent',
    `      image: ${reference}`,
  ];
  return { [`${units}/agent.yaml`]: `${pod.join('\n')}\n` };
}

export const services: readonly RuleRow[] = [
  {
    rule: 'image-unit-without-policy',
    name: 'a bound .image unit that a container starts',
    wrong: bootcsDb(),
    at: [`${db}:1:1`],
    right: bootcsDb('Policy=missing'),
  },
  {
    rule: 'image-unit-without-policy',
    name: 'a bound .image unit that starts at boot by itself',
    wrong: {
      ...bound(
        'till.image',
        `[Image]\nImage=quay.io/example/till@${digest}\n[Install]\nWantedBy=default.target\n`,
      ),
    },
    at: [`/${units}/till.image:1:1`],
    // Nothing starts it: it only binds the image.
    right: bound('till.image', `[Image]\nImage=quay.io/example/till@${digest}\n`),
  },
  {
    rule: 'image-unit-without-policy',
    name: 'a bound .image unit whose service another unit requires',
    wrong: {
      ...bound('till.image', `[Image]\nImage=quay.io/example/till@${digest}\n`),
      [`${units}/other.container`]: container(
        `Image=quay.io/example/other@${digest}`,
        '[Unit]',
        'Requires=a.service till-image.service',
      ),
    },
    at: [`/${units}/till.image:1:1`],
    right: {
      ...bound('till.image', `[Image]\nImage=quay.io/example/till@${digest}\n`),
      [`${units}/other.container`]: container(
        `Image=quay.io/example/other@${digest}`,
        '[Unit]',
        'Requires=a.service xtill-image.service',
      ),
    },
  },
  {
    rule: 'image-unit-without-policy',
    name: 'the .image unit of a bound container',
    wrong: {
      ...bound('till.container', '[Container]\nImage=till.image\n'),
      [`${units}/till.image`]: `[Image]\nImage=quay.io/example/till@${digest}\nPolicy=\n`,
    },
    at: [`/${units}/till.image:1:1`],
    right: {
      ...bound('till.container', '[Container]\nImage=till.image\n'),
      [`${units}/till.image`]: `[Image]\nImage=quay.io/example/till@${digest}\nPodmanArgs=--policy=missing\n`,
    },
  },
  {
    rule: 'image-unit-without-policy',
    name: 'the .image unit of a volume that a bound container mounts, and no archive',
    wrong: {
      ...bound(
        'till.container',
        `[Container]\nImage=quay.io/example/till@${digest}\nVolume=data.volume:/data\n`,
      ),
      [`${units}/data.volume`]: '[Volume]\nDriver=image\nImage=data.image\n',
      [`${units}/data.image`]: `[Image]\nImage=quay.io/example/data@${digest}\n`,
    },
    at: [`/${units}/data.image:1:1`],
    right: {
      ...bound('data.image', '[Image]\nImage=oci-archive:/usr/lib/shop/data.tar\n'),
      'usr/lib/shop/data.tar': tarOf({ name: 'index.json' }),
    },
  },
  {
    rule: 'pulled-at-boot',
    name: 'an .image unit that asks for it',
    wrong: vendorsDb('Policy=newer'),
    at: [`${db}:4:8`],
    right: vendorsDb('Policy=never'),
  },
  {
    rule: 'image-unit-with-platform',
    name: 'an architecture',
    wrong: vendorsDb('Policy=missing', 'Arch=arm64'),
    at: [`${db}:5:6`],
    right: vendorsDb('Policy=never', 'Arch=arm64'),
  },
  {
    rule: 'podman-versions-differ',
    name: 'a key that podman 6 knows',
    wrong: webWith('ImageVolume=ignore'),
    at: [`${web}:4:1`],
    right: webWith('PodmanArgs=--image-volume=ignore'),
  },
  {
    rule: 'podman-versions-differ',
    name: 'a volume of a bound container',
    wrong: { ...webWith('Volume=data.volume:/data'), [`${units}/data.volume`]: '[Volume]\nOptions=nodev\n' },
    at: [`/${units}/data.volume:2:9`],
    right: {
      ...webWith('Volume=data.volume:/data'),
      [`${units}/data.volume`]: '[Volume]\nDevice=/var/data\nOptions=nodev\n',
    },
  },
  {
    rule: 'unit-auto-update',
    name: 'a bound container',
    wrong: webWith('AutoUpdate=registry'),
    at: [`${web}:4:12`],
    right: webWith('AutoUpdate='),
  },
  {
    rule: 'unit-auto-update',
    name: 'a container that runs the image of a bound .image unit',
    wrong: { [`${units}/db.container`]: container('Image=db.image', 'AutoUpdate=local') },
    at: [`/${units}/db.container:4:12`],
    right: {
      [`${units}/other.container`]: `[Container]\nImage=quay.io/example/other:2\nAutoUpdate=registry\n`,
    },
  },
  {
    rule: 'unit-auto-update',
    name: 'one container of a .kube unit',
    wrong: kube('AutoUpdate=till/registry'),
    at: [`/${units}/shop.kube:3:12`],
    right: kube('AutoUpdate=till/disabled'),
  },
  {
    rule: 'unit-rootless',
    name: 'a unit for users in /etc',
    wrong: rootless('etc/containers/systemd/users/1000'),
    at: [`/${vendors}/till.container`],
    right: rootless('etc/containers/systemd/shop'),
  },
  {
    rule: 'unit-rootless',
    name: 'a unit for users in /usr',
    wrong: rootless(`${units}/users`),
    at: [`/${vendors}/till.container`],
    right: rootless(`${units}/users-shop`),
  },
  {
    rule: 'tls-not-verified',
    name: 'a key of an .image unit',
    wrong: bootcsDb('Policy=missing', 'TLSVerify=false'),
    at: [`${db}:5:11`],
    right: bootcsDb('Policy=missing', 'TLSVerify=true'),
  },
  {
    rule: 'tls-not-verified',
    name: 'a word that quadlet does not know',
    wrong: bootcsDb('Policy=missing', 'TLSVerify=flase'),
    at: [`${db}:5:11`],
    right: bootcsDb('Policy=missing', 'TLSVerify=Yes'),
  },
  {
    rule: 'tls-not-verified',
    name: 'an argument of a container',
    wrong: webWith('PodmanArgs=--tls-verify=false'),
    at: [`${web}:4:12`],
    right: webWith('PodmanArgs=--tls-verify'),
  },
  {
    rule: 'tls-not-verified',
    name: 'a key of a drop-in',
    wrong: logs('tls-verify = false'),
    at: [`/${vendors}/logs.toml:3:14`],
    right: logs('tls-verify = true'),
  },
  {
    rule: 'creds-readable',
    name: 'a key of an .image unit',
    wrong: bootcsDb('Policy=missing', 'Creds=shop:secret'),
    at: [`${db}:5:7`],
    right: vendorsDb('Policy=missing', 'AuthFile=/etc/containers/agent-auth.json'),
  },
  {
    rule: 'creds-readable',
    name: 'an argument of a container',
    wrong: webWith('PodmanArgs=--creds shop:secret'),
    at: [`${web}:4:20`],
    right: webWith('Exec=--creds shop:secret'),
  },
  {
    rule: 'bootc-link-name',
    name: 'an .image link to a container',
    wrong: { [`${bootcs}/shop.image`]: symlink(web) },
    at: [`/${bootcs}/shop.image`],
    right: { [`${bootcs}/shop.container`]: symlink(web) },
  },
  {
    rule: 'bootc-link-name',
    name: 'a .container link to an .image unit, where bootc looks and where it does not',
    wrong: { [`${bootcs}/shop.container`]: symlink(db) },
    at: [`/${bootcs}/shop.container`],
    right: { [`${vendors}/shop.container`]: symlink(db) },
  },
  {
    rule: 'bootc-authfile',
    name: 'a unit that bootc reads',
    wrong: bootcsDb('Policy=missing', 'AuthFile=/etc/containers/agent-auth.json'),
    at: [`${db}:5:10`],
    right: vendorsDb('Policy=missing', 'AuthFile=/etc/containers/agent-auth.json'),
  },
  {
    rule: 'bootc-image-unit',
    name: 'a container that takes its image from an .image unit',
    wrong: { [`${bootcs}/db.container`]: symlink(`/${units}/db.container`) },
    at: [`/${units}/db.container:2:7`],
    right: { [`${vendors}/db.container`]: symlink(`/${units}/db.container`) },
  },
  {
    rule: 'bootc-option-ignored',
    name: 'an architecture, found once',
    wrong: bootcsDb('Policy=missing', 'Arch=arm64'),
    at: [`${db}:5:6`],
    right: vendorsDb('Policy=never', 'Arch=arm64'),
  },
  {
    rule: 'bootc-option-ignored',
    name: 'a platform in the arguments of a container, found once',
    wrong: webWith('PodmanArgs=--platform=linux/arm64'),
    at: [`${web}:4:23`],
    right: webWith('Exec=--platform=linux/arm64'),
  },
  {
    rule: 'bootc-option-ignored',
    name: 'an auth file in a drop-in of a unit, which bootc does not read',
    wrong: { [`${units}/db.image.d/auth.conf`]: '[Image]\nAuthFile=/etc/containers/agent-auth.json\n' },
    at: [`/${units}/db.image.d/auth.conf:2:10`],
    right: {
      ...vendorsDb('Policy=missing'),
      [`${units}/db.image.d/auth.conf`]: '[Image]\nAuthFile=/etc/containers/agent-auth.json\n',
    },
  },
  {
    rule: 'bootc-store-unseen',
    name: 'a container without global arguments',
    wrong: webArguments('PodmanArgs=--log-level=info'),
    at: [`${web}:1:1`],
    right: webArguments(
      'GlobalArgs=--log-level=info --storage-opt additionalimagestore=/usr/lib/bootc/storage/',
    ),
  },
  {
    rule: 'bootc-store-unseen',
    name: 'another store',
    wrong: webArguments('GlobalArgs=--storage-opt=additionalimagestore=/usr/lib/shop/storage'),
    at: [`${web}:1:1`],
    right: webArguments(
      'GlobalArgs=--storage-opt=overlay.additionalimagestore=/usr/lib/shop/storage,/usr/lib/bootc/storage',
    ),
  },
  {
    rule: 'storage-conf-bootc-store',
    name: 'the store of bootc for all containers, and not said of a container that sees it so',
    wrong: {
      ...webArguments('PodmanArgs=--log-level=info'),
      'etc/containers/storage.conf':
        '[storage]\ndriver = "overlay"\n[storage.options]\nadditionalimagestores = ["/usr/lib/bootc/storage"]\n',
    },
    at: ['/etc/containers/storage.conf:4:26'],
    right: webArguments(`GlobalArgs=${store}`),
  },
  {
    rule: 'bootc-store-unseen',
    name: 'an .image unit that a container starts',
    wrong: { [`${units}/db.image`]: image(`Image=quay.io/example/db@${digest}`) },
    at: [`${db}:1:1`],
    right: {
      [`${units}/db.image`]: image(`Image=quay.io/example/db@${digest}`),
      [`${units}/db.container`]: null,
    },
  },
  {
    rule: 'bootc-store-unseen',
    name: 'a container that runs what a bound .image unit names',
    wrong: { [`${units}/db.container`]: `[Container]\nImage=quay.io/example/db@${digest}\n` },
    at: [`/${units}/db.container:1:1`],
    right: { ...dbWith(), [`${units}/db.container`]: `[Container]\nImage=quay.io/example/db@${digest}\n` },
  },
  {
    rule: 'unit-unknown-key',
    name: 'a container that is no entry and runs a bound .image unit',
    wrong: { [`${units}/db.container`]: container('Image=db.image', 'Retries=3') },
    at: [`/${units}/db.container:4:1`],
    right: { [`${units}/other.container`]: container(`Image=quay.io/example/other@${digest}`, 'Retries=3') },
  },
  {
    rule: 'unit-unknown-key',
    name: 'a container that is no entry and runs an image of a drop-in, in the file of the unit that does it',
    wrong: {
      [`${units}/agent.container`]: agent,
      [`${units}/agent.container.d/retry.conf`]: '[Container]\nRetries=3\n',
    },
    at: [`/${units}/agent.container.d/retry.conf:2:1`],
    right: { [`${units}/agent.container`]: agent },
  },
  {
    rule: 'unit-unknown-key',
    name: 'a container for users, whose podman has a store of its own',
    wrong: { [`${units}/agent.container`]: `${agent}Retries=3\n` },
    at: [`/${units}/agent.container:4:1`],
    right: { [`${units}/users/agent.container`]: `${agent}Retries=3\n` },
  },
  {
    rule: 'unit-unknown-key',
    name: 'a volume that a bound container mounts, found once',
    wrong: {
      ...webWith('Volume=data.volume:/data'),
      [`${units}/db.container`]: container(
        'Image=db.image',
        'Mount=type=volume,source=data.volume,target=/d',
      ),
      [`${units}/data.volume`]: '[Volume]\nSize=3\n',
    },
    at: [`/${units}/data.volume:2:1`],
    right: { ...webWith('Volume=/data.volume:/data'), [`${units}/data.volume`]: '[Volume]\nSize=3\n' },
  },
  {
    rule: 'unit-unknown-key',
    name: 'the pod of a container that runs a bound image, and not its other containers',
    wrong: {
      [`${units}/db.container`]: container('Image=db.image', 'Pod=shop.pod'),
      [`${units}/other.container`]: container('Image=quay.io/example/other:2', 'Pod=shop.pod', 'Bad=1'),
      [`${units}/shop.pod`]: '[Pod]\nBad=1\n',
    },
    at: [`/${units}/shop.pod:2:1`],
    right: {
      [`${units}/other.container`]: container('Image=quay.io/example/other:2', 'Pod=shop.pod', 'Bad=1'),
      [`${units}/shop.pod`]: '[Pod]\nBad=1\n',
    },
  },
  {
    rule: 'unit-refused',
    name: 'a .kube unit that is no entry and runs an image of a drop-in',
    wrong: { [`${units}/agent.kube`]: '[Kube]\nYaml=agent.yaml\n[Service]\nType=simple\n', ...agentPod },
    at: [`/${units}/agent.kube:4:6`],
    right: { [`${units}/agent.kube`]: '[Kube]\nYaml=agent.yaml\n[Service]\nType=oneshot\n', ...agentPod },
  },
  {
    rule: 'unit-missing',
    name: 'the network of a container that is no entry',
    wrong: { [`${units}/agent.container`]: `${agent}Network=shop.network\n` },
    at: [`/${units}/agent.container:4:9`],
    right: {
      [`${units}/agent.container`]: `${agent}Network=shop.network\n`,
      [`${units}/shop.network`]: '[Network]\n',
    },
  },
  {
    rule: 'unit-directory-poisoned',
    name: 'a container that is no entry, beside a file that quadlet cannot read',
    wrong: {
      'etc/containers/systemd/agent.container': agent,
      'etc/containers/systemd/slip.volume': 'Volume\n',
    },
    at: ['/etc/containers/systemd/agent.container'],
    right: {
      'etc/containers/systemd/agent.container': agent,
      'etc/containers/systemd/slip.volume': '[Volume]\n',
    },
  },
  {
    rule: 'pulled-at-boot',
    name: 'a container that is no entry and runs a bound .image unit',
    wrong: { [`${units}/db.container`]: container('Image=db.image', 'Pull=always') },
    at: [`/${units}/db.container:4:6`],
    right: {
      [`${units}/db.container`]: container(
        `Image=quay.io/example/other@${digest}`,
        'Pull=always',
        'Mount=type=image,source=db.image,target=/db',
      ),
    },
  },
  {
    rule: 'image-bound-otherwise',
    name: 'a tag where a digest is bound',
    wrong: { [`${units}/agent.container`]: agentOf(':2.4') },
    at: [`/${units}/agent.container:3:7`],
    right: { [`${units}/agent.container`]: agentOf(`:2.4@${digest}`) },
  },
  {
    rule: 'image-bound-otherwise',
    name: 'another digest, in an .image unit that two containers run',
    wrong: {
      [`${units}/agent.image`]: image(`Image=quay.io/example/agent@${otherDigest}`),
      [`${units}/agent.container`]: container('Image=agent.image'),
      [`${units}/agent2.container`]: container('Image=agent.image'),
    },
    at: [`/${units}/agent.image:3:7`],
    // Nothing runs it.
    right: { [`${units}/agent.image`]: image(`Image=quay.io/example/agent@${otherDigest}`) },
  },
  {
    rule: 'image-bound-otherwise',
    name: 'the image of a pod, and another repository',
    wrong: {
      [`${units}/agent.kube`]: '[Kube]\nYaml=agent.yaml\n',
      ...podOf('quay.io/example/agent:2'),
    },
    at: [`/${units}/agent.yaml:6:14`],
    right: {
      [`${units}/agent.kube`]: '[Kube]\nYaml=agent.yaml\n',
      ...podOf('quay.io/example/agents:2'),
    },
  },
];

function kube(line: string): Change {
  return {
    ...bound('shop.kube', `[Kube]\nYaml=shop.yaml\n${line}\n`),
    [`${units}/shop.yaml`]: `apiVersion: v1
kind: Pod
spec:
  containers:
    - name: till
      image: quay.io/example/till@${digest}
`,
  };
}

/** A container in another directory. */
function rootless(directory: string): Change {
  return {
    [`${vendors}/till.container`]: symlink(`/${directory}/till.container`),
    [`${directory}/till.container`]: `[Container]\nImage=quay.io/example/till@${digest}\n`,
  };
}

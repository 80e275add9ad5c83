import { symlink } from '../../support/tree-spec.js';
import { container, dbWith, digest, image, webWith } from '../clean-root.js';
import type { Change, RuleRow } from '../rule-row.js';

const units = 'usr/share/containers/systemd';
const web = `/${units}/web.container`;
const db = `/${units}/db.image`;

/** A unit that asks for all tags of an image, more `lines` after that in line 5. */
function allTags(reference: string, ...lines: readonly string[]): Change {
  const unit = image(`Image=${reference}`, 'AllTags=yes', ...lines);
  // Nothing starts it.
  return { ...dbWith(), [`${units}/db.image`]: unit, [`${units}/db.container`]: null };
}

export const pulls: readonly RuleRow[] = [
  {
    rule: 'podman-arguments',
    name: 'another image in the arguments of an .image unit',
    wrong: dbWith(`PodmanArgs=--quiet quay.io/example/logs@${digest}`),
    at: [`${db}:4:20`],
    right: dbWith('PodmanArgs=--quiet'),
  },
  {
    rule: 'podman-arguments',
    name: 'an option that podman image pull does not have',
    wrong: dbWith('PodmanArgs=--memory=1g'),
    at: [`${db}:4:12`],
    right: webWith('PodmanArgs=--memory=1g'),
  },
  {
    rule: 'podman-arguments',
    name: 'global arguments that lead to another store',
    wrong: dbWith('GlobalArgs=--log-level=debug --root=/srv/images'),
    at: [`${db}:4:30`],
    right: dbWith('GlobalArgs=--log-level=debug'),
  },
  {
    rule: 'podman-arguments',
    name: 'a command among the global arguments',
    wrong: dbWith('GlobalArgs=--log-level debug rmi --force --all --'),
    at: [`${db}:4:30`],
    right: dbWith('GlobalArgs=--log-level debug'),
  },
  {
    rule: 'podman-arguments',
    name: 'an option that podman does not have',
    wrong: dbWith('GlobalArgs=--loglevel debug'),
    at: [`${db}:4:12`],
    right: dbWith('GlobalArgs=--log-level debug'),
  },
  {
    rule: 'pull-policy-unknown',
    name: 'a policy that Kubernetes and podman spell otherwise',
    wrong: webWith('Pull=if-not-present'),
    at: [`${web}:4:6`],
    right: webWith('Pull=IfNotPresent'),
  },
  {
    rule: 'retry-invalid',
    name: 'not a number of retries',
    wrong: webWith('Retry=often'),
    at: [`${web}:4:7`],
    right: webWith('Retry=5'),
  },
  {
    rule: 'retry-invalid',
    name: 'a time without its unit',
    wrong: webWith('RetryDelay=5'),
    at: [`${web}:4:12`],
    right: webWith('RetryDelay=5s'),
  },
  {
    rule: 'pulled-at-boot',
    name: 'always',
    wrong: webWith('Pull=always'),
    at: [`${web}:4:6`],
    right: webWith('Pull=missing'),
  },
  {
    rule: 'pulled-at-boot',
    name: 'newer, in the podman arguments',
    wrong: webWith('Pull=missing', 'PodmanArgs=--pull=newer'),
    at: [`${web}:5:19`],
    right: webWith('Pull=newer', 'PodmanArgs=--pull=missing'),
  },
  {
    rule: 'pulled-at-boot',
    name: 'in the YAML of a .kube unit',
    wrong: kube('Always'),
    at: [`/${units}/shop.yaml:7:24`],
    right: kube('IfNotPresent'),
  },
  {
    rule: 'all-tags-refused',
    name: 'beside a digest',
    wrong: { ...dbWith('AllTags=yes'), [`${units}/db.container`]: null },
    at: [`${db}:4:9`],
    right: dbWith('AllTags=no'),
  },
  {
    rule: 'all-tags-with-tag',
    name: 'beside a tag',
    wrong: allTags('quay.io/example/db:16'),
    at: [`${db}:4:9`],
    right: allTags('quay.io/example/db'),
  },
  {
    rule: 'pulled-at-boot',
    name: 'all tags, of which the registry has the list',
    wrong: { ...dbWith(), [`${units}/db.image`]: image('Image=quay.io/example/db', 'AllTags=yes') },
    at: [`${db}:4:9`],
    right: allTags('quay.io/example/db'),
  },
  {
    rule: 'all-tags-unheard',
    name: 'a location that registries.conf has for the images',
    wrong: {
      ...allTags('quay.io/example/db'),
      'etc/containers/registries.conf': '[[registry]]\nprefix = "quay.io"\nlocation = "mirror.example.com"\n',
    },
    at: [`${db}:4:9`],
    right: {
      ...allTags('quay.io/example/db'),
      'etc/containers/registries.conf':
        '[[registry]]\nlocation = "quay.io"\n[[registry.mirror]]\nlocation = "mirror.example.com"\n',
    },
  },
  {
    rule: 'all-tags-unheard',
    name: 'beside an auth file',
    wrong: allTags('quay.io/example/db', 'AuthFile=/etc/containers/agent-auth.json'),
    at: [`${db}:5:10`],
    right: allTags('quay.io/example/db'),
  },
  {
    rule: 'conflicting-options',
    name: 'one image with two auth files',
    wrong: twice('AuthFile=/etc/containers/agent-auth.json', '/etc/containers/other-auth.json'),
    at: ['/usr/lib/bound-images.d/zoo.toml:2:12'],
    right: twice('AuthFile=/etc/containers/agent-auth.json', '/etc/containers/agent-auth.json'),
  },
  {
    rule: 'global-option-left-out',
    name: 'credentials in a directory',
    wrong: dbWith('GlobalArgs=--log-level=debug --config /etc/shop'),
    at: [`${db}:4:30`],
    right: dbWith('GlobalArgs=--log-level=debug --tmpdir /run/shop'),
  },
  {
    rule: 'module-settings-left-out',
    name: 'a proxy',
    wrong: {
      ...dbWith('ContainersConfModule=/etc/m.conf'),
      'etc/m.conf': '[engine]\nenv = ["https_proxy=x"]\n',
    },
    at: [`${db}:4:22`],
    right: {
      ...dbWith('ContainersConfModule=/etc/m.conf'),
      'etc/m.conf': '[engine]\nimage_parallel_copies = 2\n',
    },
  },
];

/** The database again, in a drop-in that names an auth file of its own. */
function twice(line: string, authfile: string): Change {
  return {
    ...dbWith(line),
    'etc/containers/other-auth.json': '{ "credHelpers": { "quay.io": "secretservice" } }\n',
    'usr/lib/bound-images.d/zoo.toml': `images = ["quay.io/example/db@${digest}"]\nauthfile = "${authfile}"\n`,
  };
}

function kube(policy: string): Change {
  return {
    'usr/lib/bound-images.d/shop.kube': symlink(`/${units}/shop.kube`),
    [`${units}/shop.kube`]: container('Yaml=shop.yaml').replace('[Container]', '[Kube]'),
    [`${units}/shop.yaml`]: `apiVersion: v1
kind: Pod
spec:
  containers:
    - name: till
      image: quay.io/example/till@${digest}
      imagePullPolicy: ${policy}
`,
  };
}

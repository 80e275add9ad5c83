import { describe, expect, test } from 'vitest';
import { checkRoots } from '../support/check-roots.js';
import { makeRoots } from '../support/roots.js';
import { dir, symlink, type TreeSpec } from '../support/tree-spec.js';

const units = 'usr/share/containers/systemd';
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

function dropIn(...lines: readonly string[]): TreeSpec {
  return { 'usr/lib/bound-images.d/agent.toml': `${lines.join('\n')}\n` };
}

function unit(name: string, ...lines: readonly string[]): TreeSpec {
  const path = `/${units}/${name}`;
  return {
    [`${units}/${name}`]: `${lines.join('\n')}\n`,
    [`usr/lib/bound-images.d/${name}`]: symlink(path),
  };
}

function container(image: string): TreeSpec {
  return unit('web.container', '[Container]', `Image=${image}`);
}

const bindsNothing: TreeSpec = { 'usr/lib/bound-images.d/': dir() };

const cases: readonly { name: string; tree: TreeSpec; hints: readonly (string | null)[] }[] = [
  {
    name: 'a short name with a namespace',
    tree: container(`library/redis@${digest}`),
    hints: [`name the registry, for example docker.io/library/redis@${digest}`],
  },
  {
    name: 'a short name with a tag: not two names that differ',
    tree: container('redis:7'),
    hints: [
      'name the registry, for example docker.io/library/redis:7',
      'write “registry/redis:7@sha256:…” with the digest of the image that was tested',
    ],
  },
  {
    name: 'a comment behind the value',
    tree: container('quay.io/example/web:1 # the shop'),
    hints: ['write the comment in a line of its own'],
  },
  {
    name: 'a tag behind the digest',
    tree: container(`quay.io/example/web@${digest}:1`),
    hints: [`write “quay.io/example/web@${digest}”`],
  },
  {
    name: 'a section in another case',
    tree: unit('web.container', '[container]', `Image=quay.io/example/web@${digest}`),
    hints: ['did you mean “Container”?'],
  },
  {
    name: 'the section of another type of unit',
    tree: unit('web.image', '[Container]', `Image=quay.io/example/web@${digest}`),
    hints: ['write [Image], or end the name of the unit in .container'],
  },
  {
    name: 'a line that goes on by mistake',
    tree: container(`quay.io/example/web@${digest} \\\nExec=serve`),
    hints: ['remove the backslash at the end of the line before'],
  },
  {
    name: 'a build unit that nobody has',
    tree: container('app.build'),
    hints: ['name an image of a registry: what is built on the host cannot be pulled before the boot'],
  },
  {
    name: 'YAML among the entries',
    tree: { 'usr/lib/bound-images.d/shop.yaml': 'kind: Pod\n' },
    hints: ['link to the .kube unit that names the YAML, or write a .toml drop-in'],
  },
  {
    name: 'images below an [[image]] table',
    tree: dropIn('[[image]]', `reference = "quay.io/example/a@${digest}"`, 'images = []'),
    hints: ['move “images” to the top of the file, before the first [[image]]'],
  },
  {
    name: 'an option of one image at the top',
    tree: dropIn(`images = ["quay.io/example/a@${digest}"]`, 'arch = "arm64"'),
    hints: ['write “arch” in the [[image]] table of the image that it is about'],
  },
  {
    name: 'image where images is meant',
    tree: dropIn(`image = ["quay.io/example/a@${digest}"]`),
    hints: ['write images = ["…"] for images without options'],
  },
  {
    name: '[[images]] where [[image]] is meant',
    tree: dropIn('[[images]]', `reference = "quay.io/example/a@${digest}"`),
    hints: ['write [[image]] for an image with options'],
  },
  {
    name: 'a key twice',
    tree: dropIn('images = []', 'images = []'),
    hints: ['write each key and each [table] once'],
  },
  {
    name: 'a backslash',
    tree: dropIn(`images = ["quay.io/example/a@${digest}"]`, String.raw`authfile = "C:\auth"`),
    hints: [String.raw`write \\ for a backslash, or the text in single quotes`],
  },
  {
    name: 'a quote that is missing',
    tree: dropIn('images = ["quay.io/example/a]'),
    hints: ['close the quotes on the same line'],
  },
  {
    name: 'a storage.conf that is no TOML',
    tree: { ...bindsNothing, 'etc/containers/storage.conf': '[storage]\ndriver = "overlay\n' },
    hints: ['close the quotes on the same line'],
  },
  {
    name: 'a registries.conf that is no TOML',
    tree: { ...bindsNothing, 'etc/containers/registries.conf': 'short-name-mode = off\n' },
    hints: ['write key = value, put text in quotes, and put commas between the values of a list'],
  },
  {
    name: 'a policy that is no JSON',
    tree: { ...bindsNothing, 'etc/containers/policy.json': '{"default": [{"type": "reject"},]}\n' },
    hints: [
      'write "name": value, with text in double quotes and commas between elements but not after the last; JSON has no comments',
    ],
  },
  {
    name: 'TLSVerify= with a word that quadlet does not know',
    tree: unit(
      'db.image',
      '[Image]',
      `Image=quay.io/example/db@${digest}`,
      'Policy=missing',
      'TLSVerify=flase',
    ),
    hints: [
      'write “true”, or leave the key out; if “false” is meant, give the certificates of the registry with CertDir= or cert-dir, or put them in /etc/containers/certs.d',
    ],
  },
  {
    name: 'an auth file that is a directory',
    tree: {
      ...unit(
        'db.image',
        '[Image]',
        `Image=quay.io/example/db@${digest}`,
        'Policy=missing',
        'AuthFile=/etc/auth',
      ),
      'etc/auth/db.json': '{}',
    },
    hints: ['name a file instead of /etc/auth'],
  },
  {
    name: 'an auth file of the running system',
    tree: unit(
      'db.image',
      '[Image]',
      `Image=quay.io/example/db@${digest}`,
      'Policy=missing',
      'AuthFile=/run/a.json',
    ),
    hints: [
      'no image ships /run: name a file under /etc or /usr/lib, or create it on this host: podman login --authfile /run/a.json REGISTRY',
    ],
  },
  {
    name: 'YAML that is broken',
    tree: { ...unit('pod.kube', '[Kube]', 'Yaml=pod.yaml'), [`${units}/pod.yaml`]: 'kind: Pod\n  a: b\n' },
    hints: ['correct the YAML here'],
  },
  {
    name: 'YAML that is not there',
    tree: unit('pod.kube', '[Kube]', 'Yaml=pod.yaml'),
    hints: ['ship a file of Kubernetes YAML in the root, and name its path in Yaml='],
  },
];

describe('what to do about', () => {
  test.each(cases)('$name', ({ tree, hints }) => {
    expect(checkRoots(makeRoots(tree)).map(({ hint }) => hint)).toEqual(hints);
  });
});

import { describe, expect, test } from 'vitest';
import { scan } from '../../src/scan/scan.js';
import { checkRoots, findingText } from '../support/check-roots.js';
import { makeRoots } from '../support/roots.js';
import { symlink, type TreeSpec } from '../support/tree.js';

const units = 'usr/share/containers/systemd';
const entries = 'usr/lib/bound-images.d';

const run = (name: string, ...lines: readonly string[]) =>
  ['[Container]', `Image=quay.io/x/${name}:1`, ...lines, ''].join('\n');

const bound = (name: string, text: string): TreeSpec => ({
  [`${entries}/${name}`]: symlink(`/${units}/${name}`),
  [`${units}/${name}`]: text,
});

function scanned(tree: TreeSpec) {
  const { images, diagnostics } = scan(makeRoots(tree).newRoot);
  return {
    valid: images.filter(({ valid }) => valid).map(({ reference }) => reference.text),
    sources: images.map(({ sources }) => sources.length),
    findings: diagnostics.map((finding) => `${finding.severity} ${finding.message}`),
  };
}

const before6 = (why: string) => `warning only with podman before 6: ${why}`;

describe('what one podman refuses and the other reads is bound, with a warning', () => {
  test.each<{ name: string; tree: TreeSpec; valid: readonly string[]; findings: readonly string[] }>([
    {
      name: 'a mount of a volume without source',
      tree: bound('a.container', run('a', 'Mount=type=volume,dst=/x')),
      valid: ['quay.io/x/a:1'],
      findings: [before6('quadlet makes no service of the unit: the mount of type volume has no source')],
    },
    {
      name: 'a key of podman 6',
      tree: bound('a.container', run('a', 'ImageVolume=ignore')),
      valid: ['quay.io/x/a:1'],
      findings: [
        before6('quadlet makes no service of the unit: there is no key “ImageVolume” in [Container]'),
      ],
    },
    {
      name: 'a mounted volume of an image whose unit has a key of podman 6',
      tree: {
        ...bound('a.container', run('a', 'Volume=v.volume:/v')),
        [`${units}/v.volume`]: '[Volume]\nDriver=image\nImage=quay.io/x/v:1\nUID=3\n',
      },
      valid: ['quay.io/x/a:1', 'quay.io/x/v:1'],
      findings: [
        before6('the service does not start: the unit “v.volume”, which its image comes from, is not valid'),
        before6('quadlet makes no service of the unit: there is no key “UID” in [Volume]'),
        'warning podman does not pull “quay.io/x/v:1” for a volume or a mount: if it is not in the store, the service fails',
      ],
    },
  ])('$name', ({ tree, valid, findings }) => {
    const found = scanned(tree);
    expect(found.valid).toEqual(valid);
    expect(found.findings).toEqual(findings);
    expect(found.sources.every((count) => count === 1)).toBe(true);
  });
});

describe('what only one of them needs is bound, with a warning', () => {
  test.each<{ name: string; tree: TreeSpec; valid: readonly string[]; findings: readonly string[] }>([
    {
      name: 'a template that is to start with its pod',
      tree: {
        ...bound('p.pod', '[Pod]\n'),
        [`${units}/a.container`]: run('a', 'Pod=p.pod'),
        [`${units}/t@.container`]: run('t', 'Pod=p.pod'),
      },
      valid: ['quay.io/x/a:1', 'quay.io/x/t:1'],
      findings: ['warning only podman before 6 needs “quay.io/x/t:1” here'],
    },
    {
      name: 'the infra image of the vendor’s containers.conf, beside one of the administrator',
      tree: {
        ...bound('p.pod', '[Pod]\n'),
        [`${units}/a.container`]: run('a', 'Pod=p.pod'),
        'usr/share/containers/containers.conf': '[engine]\ninfra_image = "quay.io/x/infra:1"\n',
        'etc/containers/containers.conf': '[containers]\n',
      },
      valid: ['quay.io/x/infra:1', 'quay.io/x/a:1'],
      findings: ['warning only podman before 6 needs “quay.io/x/infra:1” here'],
    },
    {
      name: 'the infra image of a drop-in that only podman 6 reads',
      tree: {
        ...bound('p.pod', '[Pod]\n'),
        [`${units}/a.container`]: run('a', 'Pod=p.pod'),
        'etc/containers/containers.rootful.conf.d/1.conf': '[engine]\ninfra_image = "quay.io/x/infra:1"\n',
      },
      valid: ['quay.io/x/a:1', 'quay.io/x/infra:1'],
      findings: ['warning only podman 6 and later needs “quay.io/x/infra:1” here'],
    },
    {
      name: 'two units of one name, of which podman 6 does not find the first',
      tree: {
        [`${entries}/a.container`]: symlink(`/${units}/z/a.container`),
        'etc/containers/systemd/users/a.container': run('users'),
        [`${units}/l`]: symlink('/etc/containers/systemd/users'),
        [`${units}/z/a.container`]: run('z'),
      },
      valid: ['quay.io/x/users:1', 'quay.io/x/z:1'],
      findings: [
        before6(
          'the entry links to /usr/share/containers/systemd/z/a.container, but what boots is /etc/containers/systemd/users/a.container, so the image of that one is bound',
        ),
        'warning only podman before 6 needs “quay.io/x/users:1” here',
        'warning only podman 6 and later needs “quay.io/x/z:1” here',
      ],
    },
  ])('$name', ({ tree, valid, findings }) => {
    const found = scanned(tree);
    expect(found.findings).toEqual(findings);
    expect(found.valid).toEqual(valid);
  });
});

test('what both refuse, each for reasons of its own, is refused', () => {
  const found = scanned(bound('a.container', run('a', 'ImageVolume=ignore', 'Group=1')));
  expect(found.valid).toEqual([]);
  expect(found.findings.map((text) => text.split(' ')[0])).toEqual(['error', 'error']);
});

test('where nothing differs, it is read once', () => {
  expect(scan(makeRoots(bound('a.container', run('a'))).newRoot).readingOf6()).toBeUndefined();
});

test('a unit that is no entry and runs what is bound is told of likewise', () => {
  const found = checkRoots(
    makeRoots({
      [`${entries}/all.toml`]: 'images = ["quay.io/x/a:1"]\n',
      [`${units}/a.container`]: run('a', 'Mount=type=volume,dst=/x', '[Install]', 'WantedBy=a.target'),
    }),
  );
  expect(found.map(findingText)).toContain(`podman-versions-differ /${units}/a.container:3:7`);
  expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
});

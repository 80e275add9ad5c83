import { describe, expect, test } from 'vitest';
import { scan } from '../../../src/scan/scan.js';
import { makeRoots } from '../../support/roots.js';
import { symlink } from '../../support/tree.js';
import { checkUnit, type UnitRow } from './unit-row.js';

const units = 'usr/share/containers/systemd';

describe('an .artifact unit', () => {
  const artifact = '[Artifact]\nArtifact=quay.io/a/r:1';
  test('binds its artifact, with what it says about the pull', () => {
    const roots = makeRoots({
      'usr/lib/bound-images.d/r.artifact': symlink(`/${units}/r.artifact`),
      [`${units}/r.artifact`]: `${artifact}\nAuthFile=/a.json\nRetry=2\nQuiet=no\nTLSVerify=no\nPodmanArgs=-q`,
    });
    const { images, diagnostics } = scan(roots.newRoot);
    expect(diagnostics).toEqual([]);
    expect(images).toMatchObject([
      {
        kind: 'artifact',
        reference: { text: 'quay.io/a/r:1' },
        arguments: ['--authfile', '/a.json', '--retry', '2', '--quiet=false', '--tls-verify=false', '-q'],
        options: { authfile: { value: '/a.json' }, tlsVerify: { value: false } },
      },
    ]);
  });

  test('is another thing than an image of the same name', () => {
    const { newRoot } = makeRoots({
      'usr/lib/bound-images.d/r.artifact': symlink(`/${units}/r.artifact`),
      [`${units}/r.artifact`]: artifact,
      'usr/lib/bound-images.d/r.toml': 'images = ["quay.io/a/r:1"]',
    });
    expect(scan(newRoot).images.map(({ kind }) => kind)).toEqual(['artifact', 'image']);
  });

  test.each<UnitRow>([
    {
      name: 'must name an artifact',
      bound: 'r.artifact',
      tree: { 'r.artifact': '[Artifact]\nQuiet=yes' },
      findings: ['unit-refused r.artifact 1 1'],
    },
    {
      name: 'must name it by tag or by digest, not both',
      bound: 'r.artifact',
      tree: { 'r.artifact': `${artifact}@sha256:${'a'.repeat(64)}` },
      findings: ['artifact-reference r.artifact 2 10'],
    },
    {
      name: 'takes no archive',
      bound: 'r.artifact',
      tree: { 'r.artifact': '[Artifact]\nArtifact=oci:/x' },
      findings: ['artifact-reference r.artifact 2 10'],
    },
    {
      name: 'takes no options of other pulls',
      bound: 'r.artifact',
      tree: { 'r.artifact': `${artifact}\nPodmanArgs=--arch arm64` },
      images: ['quay.io/a/r:1'],
      findings: ['podman-arguments r.artifact 3 12', 'podman-arguments r.artifact 3 19'],
    },
    {
      name: 'is bound by who mounts it, too',
      bound: 'a.container',
      tree: {
        'a.container':
          '[Container]\nImage=quay.io/a/a:1\nMount=type=artifact,source=r.artifact,destination=/r',
        'r.artifact': artifact,
      },
      images: ['quay.io/a/a:1', 'quay.io/a/r:1'],
    },
    {
      name: 'is not needed by who mounts an artifact by its name, which podman does not pull',
      bound: 'a.container',
      tree: {
        'a.container': '[Container]\nImage=quay.io/a/a:1\nMount=type=artifact,source=quay.io/a/r:1,dst=/r',
      },
      images: ['quay.io/a/a:1', 'quay.io/a/r:1'],
      findings: ['image-pulled-by-none a.container 3 28'],
    },
  ])('$name', checkUnit);
});

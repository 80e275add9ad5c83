import { expect, test } from 'vitest';
import { readRoot } from '../../src/operations/read-root.js';
import { makeTree } from '../support/tree.js';

test('a short name means what registries.conf of the next boot makes of it, whichever podman reads it', () => {
  const root = makeTree({
    'usr/lib/bound-images.d/x.toml': 'images = ["myapp:1", "other", "quay.io/x/y:1"]\n',
    'etc/containers/registries.conf.d/a.conf': '[aliases]\n"myapp" = "registry.example.com/app"\n',
    'usr/share/containers/registries.conf.d/b.conf': '[aliases]\n"other" = "vendor.example.com/other"\n',
  });
  const { images } = readRoot({ root, currentRoot: null });
  expect(images.map(({ image: { shortNames } }) => shortNames)).toMatchObject([
    {
      stored: ['registry.example.com/app:1', 'localhost/myapp:1', 'docker.io/library/myapp:1'],
      pulled: ['registry.example.com/app:1'],
    },
    {
      stored: ['localhost/other:latest', 'docker.io/library/other:latest', 'vendor.example.com/other:latest'],
      pulled: ['vendor.example.com/other:latest'],
    },
    undefined,
  ]);
});

test.each([
  { name: 'the alias', conf: '[aliases]\n"a" = "b.example.com/c"\n', hint: 'write “b.example.com/c:1”' },
  {
    name: 'the one registry to look in',
    conf: 'unqualified-search-registries = ["b.example.com"]\n',
    hint: 'write “b.example.com/a:1”',
  },
  {
    name: 'an example where there are two',
    conf: 'unqualified-search-registries = ["b.example.com", "c.example.com"]\n',
    hint: 'name the registry, for example docker.io/library/a:1',
  },
])('instead of a short name $name is to be written', ({ conf, hint }) => {
  const root = makeTree({
    'usr/lib/bound-images.d/x.toml': 'images = ["a:1"]\n',
    'etc/containers/registries.conf': conf,
  });
  const { diagnostics } = readRoot({ root, currentRoot: null });
  expect(diagnostics).toMatchObject([
    { rule: 'reference-short', line: 1, hint: expect.stringContaining(hint) },
  ]);
});

test('the credentials for a short name are those of the registry that it means', () => {
  const auth = (registry: string) => JSON.stringify({ auths: { [registry]: { auth: 'dTpw' } } });
  const root = makeTree({
    'usr/lib/bound-images.d/x.toml': 'images = ["a:1"]\n',
    'etc/containers/registries.conf': '[aliases]\n"a" = "b.example.com/c"\n',
    'etc/ostree/auth.json': auth('other.example.com'),
    'usr/lib/ostree/auth.json': auth('b.example.com'),
  });
  const { images } = readRoot({ root, currentRoot: null });
  expect(images[0]?.credentials).toMatchObject([
    { path: '/usr/lib/ostree/auth.json', hasEntry: true },
    { path: '/etc/ostree/auth.json', hasEntry: false },
    { kind: 'own' },
  ]);
});

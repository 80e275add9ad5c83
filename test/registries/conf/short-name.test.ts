import { expect, test } from 'vitest';
import { parseReference } from '../../../src/model/reference/reference.js';
import { readRegistriesConf } from '../../../src/registries/conf/registries-conf.js';
import { fullNames, storedNames } from '../../../src/registries/conf/short-name.js';
import { makeRoots } from '../../support/roots.js';
import type { TreeSpec } from '../../support/tree.js';

const search = 'unqualified-search-registries = ["docker.io", "quay.io"]\n';

test.each<{ name: string; conf: string; dropIns?: TreeSpec; text: string; names: readonly string[] }>([
  { name: 'leaves a full name alone', conf: search, text: 'ghcr.io/a/b', names: ['ghcr.io/a/b:latest'] },
  { name: 'asks all registries', conf: search, text: 'a:1', names: ['docker.io/library/a:1', 'quay.io/a:1'] },
  {
    name: 'asks one registry, also when it may not choose',
    conf: 'unqualified-search-registries = ["quay.io"]\nshort-name-mode = "enforcing"\n',
    text: 'a',
    names: ['quay.io/a:latest'],
  },
  {
    name: 'asks nobody when it may not choose',
    conf: `${search}short-name-mode = "enforcing"\n`,
    text: 'a',
    names: [],
  },
  { name: 'asks nobody when there is nobody', conf: '', text: 'a', names: [] },
  {
    name: 'takes an alias',
    conf: `${search}[aliases]\n"a" = "ghcr.io/x/a"\n`,
    text: 'a@sha256:'.padEnd(73, '0'),
    names: ['ghcr.io/x/a@sha256:'.padEnd(83, '0')],
  },
  {
    name: 'takes the alias of a drop-in',
    conf: `${search}[aliases]\n"a" = "ghcr.io/x/a"\n`,
    dropIns: { 'etc/containers/registries.conf.d/a.conf': '[aliases]\n"a" = "docker.io/b"\n' },
    text: 'a',
    names: ['docker.io/library/b:latest'],
  },
  {
    name: 'forgets an alias that is taken back',
    conf: `unqualified-search-registries = ["quay.io"]\n[aliases]\n"a" = "ghcr.io/x/a"\n`,
    dropIns: { 'etc/containers/registries.conf.d/a.conf': '[aliases]\n"a" = ""\n' },
    text: 'a',
    names: ['quay.io/a:latest'],
  },
  {
    name: 'takes the registries of the last file that names some',
    conf: search,
    dropIns: {
      'usr/share/containers/registries.conf.d/b.conf': 'unqualified-search-registries = ["b.example.com"]\n',
      'etc/containers/registries.conf.d/a.conf': 'unqualified-search-registries = ["a.example.com"]\n',
    },
    text: 'a',
    names: ['b.example.com/a:latest'],
  },
  {
    name: 'takes the administrator’s of two files with one name',
    conf: search,
    dropIns: {
      'usr/share/containers/registries.conf.d/a.conf': 'unqualified-search-registries = ["b.example.com"]\n',
      'etc/containers/registries.conf.d/a.conf': 'unqualified-search-registries = ["a.example.com"]\n',
    },
    text: 'a',
    names: ['a.example.com/a:latest'],
  },
])('fullNames $name', ({ conf, dropIns = {}, text, names }) => {
  const { newRoot } = makeRoots({ 'etc/containers/registries.conf': conf, ...dropIns });
  const parsed = parseReference(text);
  if (!parsed.ok || parsed.reference.transport !== 'docker') throw new Error(text);
  const full = fullNames(parsed.reference, readRegistriesConf(newRoot));
  expect(full.ok ? full.names : []).toEqual(names);
});

// As podman 5.8 tries them with --log-level debug: libimage/runtime.go, `LookupImage`.
test.each([
  {
    name: 'none of its own, and Docker Hub',
    text: 'a',
    names: ['localhost/a:latest', 'docker.io/library/a:latest'],
  },
  {
    name: 'the alias first',
    conf: '[aliases]\n"a" = "x.example.com/team/b"\n',
    text: 'a:1',
    names: ['x.example.com/team/b:1', 'localhost/a:1', 'docker.io/library/a:1'],
  },
  {
    name: 'each registry that is searched, whatever the mode',
    conf: 'unqualified-search-registries = ["x.example.com", "docker.io"]\nshort-name-mode = "enforcing"\n',
    text: 'a/b:1',
    names: ['localhost/a/b:1', 'x.example.com/a/b:1', 'docker.io/a/b:1'],
  },
  {
    name: 'a digest without the tag',
    conf: '[aliases]\n"a" = "x.example.com/b"\n',
    text: `a:1@sha256:${'0'.repeat(64)}`,
    names: ['x.example.com/b', 'localhost/a', 'docker.io/library/a'].map(
      (name) => `${name}@sha256:${'0'.repeat(64)}`,
    ),
  },
  { name: 'a name in full as it is', text: 'x.example.com/a', names: ['x.example.com/a:latest'] },
])('storedNames $name', ({ conf = '', text, names }) => {
  const { newRoot } = makeRoots({ 'etc/containers/registries.conf': conf });
  const parsed = parseReference(text);
  if (!parsed.ok || parsed.reference.transport !== 'docker') throw new Error(text);
  expect(storedNames(parsed.reference, readRegistriesConf(newRoot))).toEqual(names);
});

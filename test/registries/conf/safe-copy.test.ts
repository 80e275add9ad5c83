import { expect, test } from 'vitest';
import { safeRegistriesConf } from '../../../src/registries/conf/safe-copy.js';

const hasProgram = (program: string) => program === 'docker-credential-here';

function copy(text: string): string {
  return safeRegistriesConf(Buffer.from(text), hasProgram);
}

const places = `unqualified-search-registries = [ "quay.io" ]
short-name-mode = "enforcing"

[aliases]
web = "quay.io/shop/web"

[[registry]]
prefix = "*.example.com"
location = "quay.io/shop"
insecure = true
blocked = false
mirror-by-digest-only = true

[[registry.mirror]]
location = "mirror.example.com"
insecure = false
pull-from-mirror = "digest-only"
`;

test('says where images are', () => {
  expect(copy(places)).toBe(places);
  expect(copy('[registries.search]\nregistries = ["quay.io"]\n')).toContain('[ "quay.io" ]');
});

test.each([
  { name: 'a path', helpers: '"/usr/lib/evil"', kept: '"containers-auth.json"' },
  {
    name: 'a path that is written as a name',
    helpers: '"x/../../evil", "../here"',
    kept: '"containers-auth.json"',
  },
  { name: 'a name that only the root has', helpers: '"evil"', kept: '"containers-auth.json"' },
  { name: 'a name of this host', helpers: '"here", "/here"', kept: '"here"' },
  {
    name: 'the auth files',
    helpers: '"containers-auth.json", "here"',
    kept: '"containers-auth.json", "here"',
  },
])('names of helpers programs of this host and the auth files: $name', ({ helpers, kept }) => {
  for (const key of ['credential-helpers', 'Credential-Helpers'])
    expect(copy(`${key} = [${helpers}]`)).toBe(`credential-helpers = [ ${kept} ]\n`);
});

test.each([
  { name: 'the helper of a layer store', text: 'additional-layer-store-auth-helper = "/usr/lib/evil"' },
  { name: 'what is not known', text: 'lookaside = "file:///etc/shadow"\n[x]\ny = "z"' },
  {
    name: 'values of another type',
    text: 'credential-helpers = "/usr/lib/evil"\naliases = [1]\nregistry = "x"',
  },
  { name: 'what is no TOML', text: 'credential-helpers = ["/usr/lib/evil"' },
])('leaves out $name', ({ text }) => {
  expect(copy(text).trim()).toBe('');
});

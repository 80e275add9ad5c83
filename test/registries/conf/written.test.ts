import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rootPath } from '../../../src/model/path.js';
import { parseRegistriesFile } from '../../../src/registries/conf/parse.js';
import { mergeRegistriesFiles } from '../../../src/registries/conf/registries-conf.js';
import type { RegistriesConf } from '../../../src/registries/conf/registries-file.js';
import { writtenRegistriesConf } from '../../../src/registries/conf/written.js';

const hasProgram = (program: string) => program === 'docker-credential-here';

function read(text: string): RegistriesConf {
  const path = rootPath('/etc/containers/registries.conf');
  return mergeRegistriesFiles([parseRegistriesFile({ path, ok: true, bytes: Buffer.from(text) }, false)]);
}

/** What it says, without where that stands. */
function said({ diagnostics, aliases, ...conf }: RegistriesConf): unknown {
  return JSON.parse(
    JSON.stringify({ ...conf, aliases: [...aliases].sort() }, (key, value: unknown) => {
      if (key === 'place') return undefined;
      return key === 'insecure' || key === 'blocked' ? value !== undefined : value;
    }),
  );
}

const label = fc.stringMatching(/^[a-z\d]{1,6}$/);
const host = fc.tuple(label, label).map(([a, b]) => `${a}.${b}`);
const name = fc.oneof(
  host,
  fc.tuple(host, label).map((parts) => parts.join('/')),
);
const flags = { insecure: fc.boolean(), blocked: fc.boolean() };
const mirror = fc.record({
  location: name,
  insecure: fc.boolean(),
  'pull-from-mirror': fc.constantFrom('all', 'digest-only', 'tag-only', undefined),
});
const registry = fc.oneof(
  fc.record({ prefix: name, location: name, ...flags, mirror: fc.array(mirror, { maxLength: 3 }) }),
  fc.record({ location: name, ...flags, 'mirror-by-digest-only': fc.boolean() }),
  fc.record({ prefix: host.map((domain) => `*.${domain}`), ...flags }),
);
const configuration = fc.record({
  registry: fc.uniqueArray(registry, {
    maxLength: 5,
    selector: (table) => ('prefix' in table ? table.prefix : table.location),
  }),
  'unqualified-search-registries': fc.option(fc.array(host, { maxLength: 3 }), { nil: undefined }),
  'short-name-mode': fc.constantFrom('permissive', 'enforcing', 'disabled', undefined),
  'credential-helpers': fc.constantFrom(undefined, ['here'], ['containers-auth.json', 'here']),
  aliases: fc.dictionary(label, fc.oneof(name, fc.constant(''))),
});

/** As somebody would write it: TOML's inline tables are nearly JSON. */
function toml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)} = ${toml(inner)}`).join(', ')}}`;
}

test('says what was read', () => {
  fc.assert(
    fc.property(configuration, (tables) => {
      const lines = Object.entries(tables).filter(([, value]) => value !== undefined);
      const conf = read(lines.map(([key, value]) => `${key} = ${toml(value)}\n`).join(''));
      expect(conf.diagnostics.filter(({ rule }) => rule !== 'registries-conf-invalid')).toEqual([]);
      const written = writtenRegistriesConf(conf, hasProgram);
      expect(said(read(written))).toEqual(said(conf));
      expect(writtenRegistriesConf(read(written), hasProgram)).toBe(written);
    }),
  );
});

test.each([
  { name: 'a path', helpers: ['/usr/lib/evil'], kept: ['containers-auth.json'] },
  {
    name: 'a path that is written as a name',
    helpers: ['x/../../evil', '../here'],
    kept: ['containers-auth.json'],
  },
  { name: 'a name that only the root has', helpers: ['evil'], kept: ['containers-auth.json'] },
  { name: 'a name of this host', helpers: ['here', '/here'], kept: ['here'] },
  {
    name: 'the auth files',
    helpers: ['containers-auth.json', 'here'],
    kept: ['containers-auth.json', 'here'],
  },
])('names of helpers programs of this host and the auth files: $name', ({ helpers, kept }) => {
  const conf = { ...read(''), credentialHelpers: helpers };
  expect(read(writtenRegistriesConf(conf, hasProgram)).credentialHelpers).toEqual(kept);
});

test('names no other program, and nothing that is no place of images', () => {
  const text = `additional-layer-store-auth-helper = "/usr/lib/evil"
lookaside = "file:///etc/shadow"
unqualified-search-registries = ["quay.io"]
`;
  expect(writtenRegistriesConf(read(text), hasProgram)).toBe(`unqualified-search-registries = [ "quay.io" ]
short-name-mode = "permissive"
credential-helpers = [ "containers-auth.json" ]
registry = []

[aliases]
`);
});

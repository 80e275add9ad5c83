import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { dropInSchema } from '../../contrib/schema/drop-in-schema.js';
import { nowhere } from '../../src/diagnostic/place.js';
import type { RuleId } from '../../src/diagnostic/rules.js';
import { readDropIn } from '../../src/scan/drop-in/drop-in.js';
import { artifactKeys, imageKeys, payloadKeys, topLevelKeys } from '../../src/scan/drop-in/format.js';

const committed = readFileSync(new URL('../../contrib/schema/drop-in.schema.json', import.meta.url), 'utf8');
const isValid = new Ajv({ strict: true }).compile(dropInSchema());

/** What a schema can tell; the rest is the grammar of references and specifiers. */
const structural: ReadonlySet<RuleId> = new Set<RuleId>([
  'toml-unknown-key',
  'toml-wrong-type',
  'toml-empty-string',
  'toml-missing-reference',
  'payload-as-missing',
]);

const image = '[[image]]\nreference = "quay.io/a/b:1"\n';

function isAccepted(toml: string): boolean {
  const { diagnostics } = readDropIn(Buffer.from(toml), nowhere);
  return !diagnostics.some(({ rule }) => structural.has(rule));
}

test('the committed schema is what the definition of the format gives', () => {
  expect(JSON.parse(committed), 'run integration/run-ts contrib/schema/generate.ts').toEqual(dropInSchema());
});

describe('the schema and the reader agree on', () => {
  test.each([
    ['nothing', '', true],
    ['images', 'images = ["quay.io/a/b:1"]', true],
    ['everything', everything(), true],
    ['an unknown key', 'image-list = []', false],
    ['an unknown key of an image', '[[image]]\nreference = "quay.io/a/b:1"\ntls = true', false],
    ['a string for an array', 'images = "quay.io/a/b:1"', false],
    ['a number in an array', 'images = [1]', false],
    ['an empty string in an array', 'images = [""]', false],
    ['an empty auth file', 'authfile = ""', false],
    ['a table for an array of tables', '[image]\nreference = "quay.io/a/b:1"', false],
    ['a string in an array of tables', 'image = ["quay.io/a/b:1"]', false],
    ['an image without reference', '[[image]]\narch = "arm64"', false],
    ['a string for a boolean', '[[image]]\nreference = "quay.io/a/b:1"\ntls-verify = "no"', false],
    ['an expectation of a number', '[[image]]\nreference = "quay.io/a/b:1"\nexpect = { version = 2 }', false],
    ['a payload', `${image}[[image.payload]]\npath = "/x"\nas = "x"`, true],
    ['a payload without a name', `${image}[[image.payload]]\npath = "/x"`, false],
    ['an unknown key of a payload', `${image}[[image.payload]]\npath = "/x"\nas = "x"\nsize = "1"`, false],
    ['a table for payloads', `${image}[image.payload]\npath = "/x"\nas = "x"`, false],
    ['a string for a payload', `${image}payload = ["x"]`, false],
    ['a mode that is a number', `${image}[[image.payload]]\npath = "/x"\nas = "x"\nmode = 0o644`, false],
    ['an artifact', '[[artifact]]\nreference = "quay.io/a/b:1"', true],
    ['an artifact for a platform', '[[artifact]]\nreference = "quay.io/a/b:1"\narch = "arm64"', false],
    ['an artifact without reference', '[[artifact]]\ntls-verify = false', false],
    ['an empty expectation', '[[image]]\nreference = "quay.io/a/b:1"\nexpect = { version = "" }', false],
  ])('%s', (_, toml, accepted) => {
    expect(isAccepted(toml)).toBe(accepted);
    expect(isValid(parse(toml))).toBe(accepted);
  });

  test('whatever is written', () => {
    fc.assert(
      fc.property(documents(), (document) => {
        const toml = stringify(document);
        expect(isAccepted(toml)).toBe(isValid(parse(toml)));
      }),
      { numRuns: 1000 },
    );
  });
});

test('the schema finds the same image twice in one array, as the reader does', () => {
  const toml = 'images = ["quay.io/a/b:1", "quay.io/a/b:1"]';
  const rules = readDropIn(Buffer.from(toml), nowhere).diagnostics.map(({ rule }) => rule);
  expect(rules).toContain('toml-duplicate-reference');
  expect(isValid(parse(toml))).toBe(false);
});

function everything(): string {
  const values = {
    string: '"/x"',
    boolean: 'true',
    'string-table': '{ "a.b" = "1" }',
    tables: '[]',
  } as const;
  const lines = (keys: Readonly<Record<string, keyof typeof values>>) =>
    Object.entries(keys).map(([key, type]) => {
      return `${key} = ${key === 'reference' ? '"quay.io/a/b:1"' : values[type]}\n`;
    });
  const tables = ['[[image]]', ...lines(imageKeys), '[[artifact]]', ...lines(artifactKeys)];
  return `images = ["quay.io/a/c:1"]\nauthfile = "/x"\n${tables.join('\n')}`;
}

/** Documents of the known keys and a few others, with values of the right type, and of others. */
function documents(): fc.Arbitrary<Record<string, unknown>> {
  const text = fc.constantFrom('', 'x', '/etc/x.json', 'quay.io/a/b:1');
  const scalar = fc.oneof(text, fc.boolean(), fc.integer({ min: 0, max: 9 }));
  const strings = fc.dictionary(fc.constantFrom('version', 'org.example.channel'), scalar, { maxKeys: 2 });
  // Each once: that the same image is asked for twice is another test's.
  const distinct = fc.uniqueArray(scalar, { maxLength: 3 });
  const value = fc.oneof(scalar, distinct, strings);
  const table = (keys: readonly string[], of: fc.Arbitrary<unknown>) =>
    fc.dictionary(fc.constantFrom(...keys, 'unknown'), of, { maxKeys: keys.length });
  const payload = table(Object.keys(payloadKeys), value);
  const image = table(Object.keys(imageKeys), fc.oneof(value, fc.array(payload, { maxLength: 2 })));
  return table(Object.keys(topLevelKeys), fc.oneof(value, fc.array(image, { maxLength: 2 })));
}

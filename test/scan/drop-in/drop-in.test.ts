import { describe, expect, test } from 'vitest';
import { inFile } from '../../../src/diagnostic/place.js';
import { readDropIn } from '../../../src/scan/drop-in/drop-in.js';

const file = { ...inFile('/usr/lib/bound-images.d/x.toml'), entry: 'x.toml' };

function read(text: string | Buffer) {
  return readDropIn(Buffer.from(text), file);
}

function findings(text: string | Buffer) {
  return read(text).diagnostics.map(({ rule, line, column }) => [rule, line, column]);
}

test.each([
  { name: 'a list', text: `images = [${'"a",'.repeat(10_000)}]` },
  { name: 'tables', text: '[[image]]\nreference = "a"\n'.repeat(5_000) },
  { name: 'keys', text: Array.from({ length: 10_000 }, (_, key) => `k${key} = 1\n`).join('') },
])('does not read more values than any drop-in has: $name', ({ text }) => {
  const { bindings, diagnostics } = read(text);
  expect(bindings).toEqual([]);
  expect(diagnostics).toMatchObject([
    { rule: 'file-too-large', severity: 'error', message: expect.stringContaining('10000 values') },
  ]);
});

test('reads thousands of values', () => {
  const list = Array.from({ length: 5_000 }, (_, at) => `"quay.io/a/b:${at}"`);
  expect(read(`images = [${list.join(', ')}]`)).toMatchObject({
    bindings: { length: 5_000 },
    diagnostics: [],
  });
});

describe('what it asks for', () => {
  test('takes the images of the list, in order, with the positions of their strings', () => {
    const { bindings, diagnostics } = read(
      `images = [\n  "quay.io/a/b:1",\n  "quay.io/a/c@sha256:${'a'.repeat(64)}",\n]`,
    );
    expect(diagnostics).toEqual([]);
    expect(bindings.map(({ reference, source }) => [reference.text, source.line, source.column])).toEqual([
      ['quay.io/a/b:1', 2, 3],
      [`quay.io/a/c@sha256:${'a'.repeat(64)}`, 3, 3],
    ]);
  });

  test('takes every option of an [[image]] table as an argument of podman', () => {
    const { bindings, diagnostics } = read(`
[[image]]
reference = "quay.io/a/b:1"
authfile = "/usr/lib/auth.json"
cert-dir = "/etc/pki/x"
tls-verify = false
arch = "arm64"
os = "linux"
variant = "v8"
`);
    expect(diagnostics).toEqual([]);
    expect(bindings.map((binding) => binding.arguments)).toEqual([
      [
        ...['--arch', 'arm64', '--authfile', '/usr/lib/auth.json', '--cert-dir', '/etc/pki/x'],
        ...['--os', 'linux', '--variant', 'v8', '--tls-verify=false'],
      ],
    ]);
  });

  test('takes what an [[image]] table expects, as a table of its own or in one line', () => {
    const { bindings, diagnostics } = read(`[[image]]
reference = "quay.io/a/b:1"
arch = "arm64"
expect = { "org.example.channel" = "stable", version = ">=2.4 <3" }

[[image]]
reference = "quay.io/a/c:1"
[image.expect]
"org.example.channel" = "beta"
`);
    expect(diagnostics).toEqual([]);
    expect(
      bindings.map(({ expectations }) =>
        expectations?.map(({ key, wanted, place }) => [key, wanted, place.line, place.column]),
      ),
    ).toEqual([
      [
        ['org.example.channel', 'stable', 4, 36],
        ['version', '>=2.4 <3', 4, 56],
      ],
      [['org.example.channel', 'beta', 9, 25]],
    ]);
    expect(bindings[0]?.arguments).toEqual(['--arch', 'arm64']);
  });

  test('gives the auth file of the file to every image that has none of its own', () => {
    const { bindings } = read(`
authfile = "/a.json"
images = ["quay.io/a/1:1"]
[[image]]
reference = "quay.io/a/2:1"
[[image]]
reference = "quay.io/a/3:1"
authfile = "/b.json"
`);
    expect(bindings.map(({ options }) => options.authfile?.value)).toEqual(['/a.json', '/a.json', '/b.json']);
  });
});

describe('what is wrong with it', () => {
  test.each([
    { name: 'an unknown key', text: 'images = []\nauth-file = "x"', expected: [['toml-unknown-key', 2, 1]] },
    {
      name: 'an unknown key of an image',
      text: '[[image]]\nreference = "quay.io/a/b:1"\nplatform = "x"',
      expected: [['toml-unknown-key', 3, 1]],
    },
    {
      name: 'images that is a string',
      text: 'images = "quay.io/a/b:1"',
      expected: [['toml-wrong-type', 1, 10]],
    },
    { name: 'an image that is a number', text: 'images = [1]', expected: [['toml-wrong-type', 1, 11]] },
    {
      name: 'an image that is a date',
      text: 'images = [2026-01-01]',
      expected: [['toml-wrong-type', 1, 11]],
    },
    {
      name: 'tls-verify that is a string',
      text: 'image = [{reference="quay.io/a:1", tls-verify="no"}]',
      expected: [['toml-wrong-type', 1, 47]],
    },
    {
      name: 'image that is one table',
      text: '[image]\nreference = "quay.io/a/b:1"',
      expected: [['toml-wrong-type', 1, 1]],
    },
    {
      name: 'expect that is a string',
      text: 'image = [{reference="quay.io/a:1", expect="stable"}]',
      expected: [['toml-wrong-type', 1, 43]],
    },
    {
      name: 'a number that is expected',
      text: 'image = [{reference="quay.io/a:1", expect={v=2}}]',
      expected: [['toml-wrong-type', 1, 46]],
    },
    {
      name: 'a key of expect with dots and without quotes',
      text: 'image = [{reference="quay.io/a:1", expect={org.example.channel="stable"}}]',
      expected: [['toml-wrong-type', 1, 44]],
    },
    { name: 'an empty image', text: 'images = [ "" ]', expected: [['toml-empty-string', 1, 12]] },
    {
      name: 'an empty auth file',
      text: 'authfile = ""\nimages = []',
      expected: [['toml-empty-string', 1, 12]],
    },
    {
      name: 'an image without a reference',
      text: '[[image]]\narch = "arm64"',
      expected: [['toml-missing-reference', 1, 1]],
    },
    {
      name: 'the same image twice, also under its other names',
      text: 'images = ["docker.io/nginx", "docker.io/library/nginx:latest"]',
      expected: [['toml-duplicate-reference', 1, 30]],
    },
    { name: 'a specifier', text: 'images = ["quay.io/a/b:%i"]', expected: [['specifier', 1, 24]] },
    {
      name: 'a specifier in a path',
      text: 'authfile = "%h/a"\nimages = []',
      expected: [['specifier', 1, 13]],
    },
    {
      name: 'a reference that podman would take for an option',
      text: 'images = ["--help"]',
      expected: [['reference-invalid', 1, 12]],
    },
    {
      name: 'a reference with shell text',
      text: 'images = ["quay.io/$(id)"]',
      expected: [['reference-invalid', 1, 20]],
    },
    {
      name: 'a reference with a blank',
      text: 'images = ["quay.io/a b"]',
      expected: [['reference-invalid', 1, 21]],
    },
    {
      name: 'a short reference, which is a warning',
      text: 'images = ["nginx"]',
      expected: [['reference-short', 1, 12]],
    },
    {
      name: 'a file that binds nothing, which is a warning',
      text: '# later',
      expected: [['toml-no-images', null, null]],
    },
    { name: 'text that is not TOML', text: 'images = [\n  "a"\n  b\n]', expected: [['toml-syntax', 3, 3]] },
    {
      name: 'bytes that are not UTF-8',
      text: Buffer.from([0x61, 0xe9]),
      expected: [['toml-encoding', null, null]],
    },
  ])('reports $name', ({ text, expected }) => {
    expect(findings(text)).toEqual(expected);
  });

  test('says of an image that is no table what it must be', () => {
    const [diagnostic] = read('image = ["quay.io/a/b:1"]').diagnostics;
    expect(diagnostic?.message).toBe('“image[0]” must be a table, written [[image]], not a string');
  });

  test('reports every problem at once', () => {
    expect(findings('images = [1, "", "%n"]\nx = 1').map(([rule]) => rule)).toEqual([
      'toml-unknown-key',
      'toml-wrong-type',
      'toml-empty-string',
      'specifier',
    ]);
  });

  test('shows the lines around a syntax error, however long they are', () => {
    const [diagnostic] = read(`images = [ ${'"x",'.repeat(10_000)} b ]`).diagnostics;
    expect(diagnostic?.excerpt?.length).toBeLessThan(400);
    expect(diagnostic?.message).toMatch(/^not valid TOML, .*: invalid value$/);
  });

  test('survives nesting that would exhaust the stack', () => {
    expect(findings(`a = ${'['.repeat(100_000)}`).map(([rule]) => rule)).toEqual(['toml-syntax']);
  });
});

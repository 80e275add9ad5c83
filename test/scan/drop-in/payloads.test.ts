import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inFile } from '../../../src/diagnostic/place.js';
import type { Payload } from '../../../src/model/payload.js';
import { readDropIn } from '../../../src/scan/drop-in/drop-in.js';
import { joinBindings } from '../../../src/scan/join.js';
import { expectLinear } from '../../support/expect-linear.js';

const file = { ...inFile('/usr/lib/bound-images.d/x.toml'), entry: 'x.toml' };
const digest = `sha256:${'a1'.repeat(32)}`;

function read(text: string) {
  return readDropIn(Buffer.from(text), file);
}

/** The payloads of one image, with what is found. */
function readOf(kind: 'image' | 'artifact', ...tables: readonly string[]) {
  const header = `[[${kind}.payload]]`;
  const { bindings, diagnostics } = read(
    [`[[${kind}]]`, 'reference = "quay.io/a/b:1"', ...tables.flatMap((lines) => [header, lines])].join('\n'),
  );
  return {
    payloads: bindings.flatMap(({ payloads = [] }) => payloads),
    findings: diagnostics.map(({ rule, line, column }) => `${rule}:${line}:${column}`),
  };
}

const text = (value: string) => JSON.stringify(value);

describe('a payload', () => {
  test('of an image is a file, with all that is said of it', () => {
    const table = `path = "/gvisor.raw"\nas = "extensions/gvisor.raw"\nmax-size = "100 MiB"\nmode = "0600"\ndigest = "${digest}"`;
    expect(readOf('image', table)).toEqual({
      payloads: [
        {
          source: { kind: 'path', path: '/gvisor.raw' },
          as: 'extensions/gvisor.raw',
          maxBytes: 100 * 1024 ** 2,
          mode: 0o600,
          digest,
          place: { ...file, line: 5, column: 6 },
        },
      ],
      findings: [],
    });
  });

  test('has a cap and the modes of the image where nothing is said', () => {
    const { payloads } = readOf('image', 'path = "/"\nas = "extensions/tree"');
    expect(payloads).toMatchObject([
      { source: { path: '/' }, maxBytes: 1024 ** 3, mode: undefined, digest: undefined },
    ]);
  });

  test('of an artifact is a layer by its title or its media type', () => {
    const tables = [
      'title = "a b.raw"\nas = "extensions/a.raw"',
      'media-type = "application/vnd.x"\nas = "x"',
    ];
    const { payloads, findings } = readOf('artifact', ...tables);
    expect(findings).toEqual([]);
    expect(payloads.map(({ source }) => source)).toEqual([
      { kind: 'title', title: 'a b.raw' },
      { kind: 'media-type', mediaType: 'application/vnd.x' },
    ]);
  });

  test('may be written in one line', () => {
    const payload = '{ path = "/x", as = "x" }';
    const { bindings, diagnostics } = read(
      `image = [{ reference = "quay.io/a/b:1", payload = [${payload}] }]`,
    );
    expect(diagnostics).toEqual([]);
    expect(bindings[0]?.payloads).toMatchObject([{ as: 'x', place: { line: 1, column: 72 } }]);
  });

  test('belongs to the image above it', () => {
    const image = (name: string) => `[[image]]\nreference = "quay.io/a/${name}:1"\n`;
    const payload = (name: string) => `[[image.payload]]\npath = "/${name}"\nas = "${name}"\n`;
    const { bindings } = read(image('1') + payload('a') + payload('b') + image('2') + payload('c'));
    expect(bindings.map(({ payloads }) => payloads?.map(({ as }) => as))).toEqual([['a', 'b'], ['c']]);
  });
});

describe('an artifact', () => {
  test('is bound by a table of its own', () => {
    const { bindings, diagnostics } = read(
      '[[artifact]]\nreference = "quay.io/a/b:1"\nauthfile = "/a.json"\ncert-dir = "/c"\ntls-verify = false',
    );
    expect(diagnostics).toEqual([]);
    expect(bindings).toMatchObject([
      {
        kind: 'artifact',
        source: { line: 2, column: 13 },
        arguments: ['--authfile', '/a.json', '--cert-dir', '/c', '--tls-verify=false'],
      },
    ]);
  });

  test.each(['b:1', `quay.io/a/b:1@${digest}`, 'oci-archive:/x.tar'])('is not called “%s”', (reference) => {
    const { bindings, diagnostics } = read(`[[artifact]]\nreference = "${reference}"`);
    expect(bindings).toEqual([]);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors).toMatchObject([{ rule: 'artifact-reference', line: 2, column: 13 }]);
  });

  test('is another thing than the image of its name', () => {
    const table = (kind: string) => `[[${kind}]]\nreference = "quay.io/a/b:1"\n`;
    expect(read(table('image') + table('artifact')).diagnostics).toEqual([]);
    expect(read(table('artifact') + table('artifact')).diagnostics).toMatchObject([
      { rule: 'toml-duplicate-reference', line: 4 },
    ]);
  });
});

describe('a mistake of another rule', () => {
  test.each([
    [
      'a payload that is no table',
      'image = [{ reference = "quay.io/a/b:1", payload = ["x"] }]',
      'toml-wrong-type:1:52',
    ],
    [
      'a key of a payload in its image',
      '[[image]]\nreference = "quay.io/a/b:1"\nas = "x"',
      'toml-unknown-key:3:1',
    ],
    [
      'an empty name',
      '[[image]]\nreference = "quay.io/a/b:1"\n[[image.payload]]\npath = "/x"\nas = ""',
      'toml-empty-string:5:6',
    ],
    [
      'a name that is a number',
      '[[image]]\nreference = "quay.io/a/b:1"\n[[image.payload]]\npath = "/x"\nas = 1',
      'toml-wrong-type:5:6',
    ],
    [
      'a slip for the name',
      '[[image]]\nreference = "quay.io/a/b:1"\n[[image.payload]]\npath = "/x"\nAs = "x"',
      'toml-unknown-key:5:1',
    ],
    [
      'a slip for the path',
      '[[image]]\nreference = "quay.io/a/b:1"\n[[image.payload]]\npaths = "/x"\nas = "x"',
      'toml-unknown-key:4:1',
    ],
    [
      'a path with a line feed',
      '[[image]]\nreference = "quay.io/a/b:1"\n[[image.payload]]\npath = "/x\\n"\nas = "x"',
      'value-encoding:4:8',
    ],
    [
      'a platform of an artifact',
      '[[artifact]]\nreference = "quay.io/a/b:1"\nos = "linux"',
      'toml-unknown-key:3:1',
    ],
  ])('%s', (_, toml, expected) => {
    const { diagnostics } = read(toml);
    expect(diagnostics.map(({ rule, line, column }) => `${rule}:${line}:${column}`)).toEqual([expected]);
  });

  test('says where a key of payloads belongs', () => {
    const { diagnostics } = read('[[image]]\nreference = "quay.io/a/b:1"\nas = "x"');
    expect(diagnostics[0]?.hint).toBe('write “as” in the [[image.payload]] table that it is about');
  });
});

describe('whatever is written', () => {
  const hostile = fc
    .array(
      fc.oneof(fc.constantFrom('..', '.', '', '/', 'a', '~', '\\', '\0', '%2e', 'é', '-'), fc.string()),
      {
        maxLength: 6,
      },
    )
    .chain((names) => fc.constantFrom(names.join('/'), `/${names.join('/')}`, names.join('')));

  test('no name that is accepted leads out of the payload directory, or is written in two ways', () => {
    fc.assert(
      fc.property(hostile, (as) => {
        for (const payload of readOf('image', `path = "/x"\nas = ${text(as)}`).payloads) {
          expect(posix.join('/payloads', payload.as)).toBe(`/payloads/${payload.as}`);
          expect(posix.normalize(payload.as)).toBe(payload.as);
          expect(payload.as).toMatch(/^[\x21-\x7e]+$/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('no path that is accepted leads out of the image, or is written in two ways', () => {
    fc.assert(
      fc.property(hostile, (path) => {
        for (const { source } of readOf('image', `path = ${text(path)}\nas = "x"`).payloads) {
          if (source.kind !== 'path') throw new Error('another kind');
          expect(posix.resolve('/', source.path)).toBe(source.path);
          expect(source.path.split('/')).not.toContain('..');
          expect(source.path).not.toMatch(/\p{Cc}/u);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the payloads of a root', () => {
  const joined = (...files: readonly string[]) =>
    joinBindings(
      files.flatMap((toml, index) => {
        const name = `${index}.toml`;
        const { bindings, diagnostics } = readDropIn(Buffer.from(toml), {
          ...inFile(`/${name}`),
          entry: name,
        });
        expect(diagnostics).toEqual([]);
        return bindings.map((binding) => ({ ...binding, valid: true }));
      }),
    );
  const dropIn = (image: string, ...tables: readonly string[]) =>
    [
      `[[image]]\nreference = "quay.io/a/${image}:1"`,
      ...tables.map((each) => `[[image.payload]]\n${each}`),
    ].join('\n');
  const shown = (payloads: readonly Payload[] = []) =>
    payloads.map(({ as, place }) => `${as} ${place.entry}`);

  test('are there once, however many entries want the same', () => {
    const one = dropIn('b', 'path = "/x"\nas = "x"');
    const two = dropIn('b', 'path = "/x"\nas = "x"', 'path = "/x"\nas = "y"');
    const { images, diagnostics } = joined(one, two);
    expect(diagnostics).toEqual([]);
    expect(images.map(({ payloads, valid }) => [shown(payloads), valid])).toEqual([
      [['x 0.toml', 'y 1.toml'], true],
    ]);
  });

  test.each([
    [
      'another image',
      dropIn('c', 'path = "/x"\nas = "x"'),
      /“x” is wanted for something else in \/0.toml:5,/,
    ],
    ['another path', dropIn('b', 'path = "/y"\nas = "x"'), /“x” is wanted for something else/],
    [
      'another cap',
      dropIn('b', 'path = "/x"\nas = "x"\nmax-size = "1 B"'),
      /with another max-size than in \/0.toml:5,/,
    ],
    ['another mode', dropIn('b', 'path = "/x"\nas = "x"\nmode = "600"'), /with another mode/],
    ['another digest', dropIn('b', `path = "/x"\nas = "x"\ndigest = "${digest}"`), /with another digest/],
    [
      'something inside',
      dropIn('c', 'path = "/x"\nas = "x/y/z"'),
      /“x\/y\/z” and “x” in \/0.toml:5 cannot both be there/,
    ],
  ])('cannot be there with %s for one name, and neither image counts as valid', (_, other, message) => {
    const { images, diagnostics } = joined(dropIn('b', 'path = "/x"\nas = "x"'), other);
    expect(diagnostics).toMatchObject([{ rule: 'payload-clash', file: '/1.toml', line: 5, column: 6 }]);
    expect(diagnostics[0]?.message).toMatch(message);
    expect(images.map(({ valid }) => valid)).toEqual(images.map(() => false));
  });

  test('may lie in one directory, which may be an extension', () => {
    const tables = ['path = "/a"\nas = "extensions/x/usr/a"', 'path = "/b"\nas = "extensions/x/usr/b"'];
    expect(
      joined(dropIn('b', ...tables), dropIn('c', 'path = "/c"\nas = "extensions/x/usr/c"')).diagnostics,
    ).toEqual([]);
  });

  test('are compared in a time that grows as they do', () => {
    const deep = 'd/'.repeat(60);
    expectLinear(60, (size) => {
      const tables = Array.from({ length: size }, (_, at) => `path = "/x"\nas = "${deep}${at}"`);
      const { bindings } = read(dropIn('b', ...tables));
      const all = bindings.map((binding) => ({ ...binding, valid: true }));
      return () => joinBindings(all);
    });
  });
});

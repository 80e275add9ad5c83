import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { encodePath } from '../src/model/path.js';
import { parseUnitFile, type UnitFile } from '../src/scan/unit/file.js';
import { bool, list, mergeSection, single, words } from '../src/scan/unit/values.js';
import { type QuadletVersion, quadletGenerator, quadletVersions } from './support/quadlet-generator.js';

const run = promisify(execFile);

/** `[Image]` keys of podman 5.8 but ServiceName, which renames the service that the comparison looks for. */
const stringKeys: Readonly<Record<string, string>> = {
  Arch: '--arch',
  AuthFile: '--authfile',
  CertDir: '--cert-dir',
  Creds: '--creds',
  DecryptionKey: '--decryption-key',
  OS: '--os',
  Policy: '--policy',
  Retry: '--retry',
  RetryDelay: '--retry-delay',
  Variant: '--variant',
};
const boolKeys: Readonly<Record<string, string>> = { AllTags: '--all-tags', TLSVerify: '--tls-verify' };
const otherKeys = ['ContainersConfModule', 'GlobalArgs', 'Image', 'ImageTag', 'PodmanArgs'];
const knownKeys = new Set([...Object.keys(stringKeys), ...Object.keys(boolKeys), ...otherKeys]);

/** A pull's command line; in `strings` and `bools` the generator has no fixed order, so they are sorted. */
interface CommandLine {
  readonly global: readonly string[];
  readonly strings: readonly string[];
  readonly bools: readonly string[];
  readonly rest: readonly string[];
}

/** What our reader expects of the generator; `undefined` for a unit that makes no service. */
function expectedCommand(bytes: Buffer): CommandLine | undefined {
  const parsed = parseUnitFile(bytes);
  if (!parsed.ok || !keysAreKnown(parsed.unit)) return undefined;
  const section = mergeSection([{ unit: parsed.unit, source: 'unit' }], 'Image');
  const image = section && single(section, 'Image');
  if (section === undefined || image === undefined || image.value === '') return undefined;
  const strings = Object.entries(stringKeys).flatMap(([key, flag]) => {
    const found = single(section, key);
    return found === undefined || found.value === '' ? [] : [`${flag} ${emitted(found.value)}`];
  });
  const bools = Object.entries(boolKeys).flatMap(([key, flag]) => {
    const found = bool(section, key);
    return found === undefined ? [] : [found.value ? flag : `${flag}=false`];
  });
  const modules = list(section, 'ContainersConfModule').map(({ value }) => `--module=${value}`);
  return {
    global: [...modules, ...words(section, 'GlobalArgs').words.map(({ value }) => value)].map(emitted),
    strings: strings.sort(),
    bools: bools.sort(),
    rest: [...words(section, 'PodmanArgs').words.map(({ value }) => value), image.value].map(emitted),
  };
}

function keysAreKnown(unit: UnitFile): boolean {
  return unit.sections.every(({ name, assignments }) => {
    if (name === 'Image') return assignments.every(({ key }) => knownKeys.has(key));
    return name !== 'Quadlet' || assignments.every(({ key }) => key === 'DefaultDependencies');
  });
}

const letterEscapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\f': '\\f',
  '\\': '\\\\',
  '"': '\\"',
};

/** `word` as the generator writes it (split.go, `escapeWords`), one latin1 character for each byte. */
function emitted(word: string): string {
  if (!/[\0-\x20"'\\\x7f\x80]/.test(word)) return encodePath(word).toString('latin1');
  const escaped = word
    .replace(
      /[\0-\x20"\\\x7f\x80]/g,
      (found) => letterEscapes[found] ?? `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
    // Escaping goes by characters: a byte that is none comes out as the replacement character.
    .replace(/[\udc80-\udcff]/gu, '\ufffd');
  return `"${Buffer.from(escaped).toString('latin1')}"`;
}

/** Splits the generator's line where `expected` says, so that a difference shows in the part that it is in. */
function readCommand(execStart: string, expected: CommandLine): CommandLine {
  const args = execStart.split(' ').slice(1);
  const groups = args.slice(expected.global.length + 2);
  const stringsEnd = expected.strings.length * 2;
  const boolsEnd = stringsEnd + expected.bools.length;
  return {
    global: args.slice(0, expected.global.length),
    strings: expected.strings.map((_, index) => groups.slice(index * 2, index * 2 + 2).join(' ')).sort(),
    bools: groups.slice(stringsEnd, boolsEnd).sort(),
    rest: groups.slice(boolsEnd),
  };
}

/** The ExecStart line of every service that the generator makes of `units`, by the unit's index. */
async function generate(quadlet: string, units: readonly Buffer[]): Promise<ReadonlyMap<number, string>> {
  const directory = await mkdtemp(join(tmpdir(), 'quadlet-grammar-'));
  try {
    for (const [index, bytes] of units.entries()) {
      // One directory each: a unit that cannot be parsed takes its neighbours with it.
      await mkdir(join(directory, `${index}`));
      await writeFile(join(directory, `${index}`, `u${index}.image`), bytes);
    }
    const output = await run(quadlet, ['-dryrun'], {
      env: { ...process.env, QUADLET_UNIT_DIRS: directory },
      encoding: 'latin1',
      maxBuffer: 256 * 1024 * 1024,
    }).catch((error: { stdout?: string }) => {
      // Units that it refuses make the generator exit with 1.
      if (error.stdout === undefined) throw error;
      return { stdout: error.stdout };
    });
    const services = new Map<number, string>();
    let index = -1;
    for (const line of output.stdout.split('\n')) {
      index = Number(/^---u(\d+)-image\.service---/.exec(line)?.[1] ?? index);
      if (line.startsWith('ExecStart=')) services.set(index, line);
    }
    return services;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Text by the piece, each as likely as its weight says; latin1, so that a piece may be half a character. */
function pieces(
  table: readonly (readonly [weight: number, choices: readonly string[]])[],
): fc.Arbitrary<string> {
  return fc.oneof(
    ...table.map(([weight, choices]) => ({
      weight,
      arbitrary: fc.constantFrom(...choices.map((choice) => Buffer.from(choice).toString('latin1'))),
    })),
  );
}

const halfCharacters = fc.constantFrom(
  '\xff',
  '\xc3',
  '\xa9',
  '\x85',
  '\xa0',
  '\xe2\x82',
  '\xac',
  '\xf0\x9f',
);
const valuePiece = fc.oneof(
  {
    weight: 8,
    arbitrary: pieces([[1, ['a', 'B7', 'quay.io/a/b:1', '--tls', 'k=v', '%n', '$X', '#', ' ;', '[', '[x]']]]),
  },
  {
    weight: 5,
    arbitrary: pieces([
      [4, [' ', '  ', '\t']],
      [1, ['\r', '\v', '\f', '\u0085', '\u00a0', '\u2028', '\u3000', '\ufeff', '\u200b', '\u180e', '\u001c']],
    ]),
  },
  {
    weight: 3,
    arbitrary: pieces([
      [2, ['"', "'"]],
      [1, ['""', "''", '"x y"', "'z'"]],
    ]),
  },
  {
    weight: 3,
    arbitrary: pieces([
      [4, ['\\n', '\\s', '\\x41', '\\xe9', '\\u00e9', '\\U0001F600', '\\101', '\\\\', '\\"', "\\'"]],
      [
        1,
        [
          '\\q',
          '\\ ',
          '\\x00',
          '\\x4',
          '\\X41',
          '\\N',
          '\\ud83d',
          '\\udcff',
          '\\U00110000',
          '\\u0000',
          '\\400',
          '\\000',
          '\\37',
          '\\',
        ],
      ],
    ]),
  },
  { weight: 2, arbitrary: pieces([[1, ['é', 'à', '日', '😀', '\u0080', '\u007f', '\u0001']]]) },
  { weight: 1, arbitrary: halfCharacters },
  { weight: 1, arbitrary: pieces([[1, ['\0']]]) },
  {
    weight: 3,
    arbitrary: pieces([
      [1, ['\\\n', ' \\\n  ', '\\\r\n', '\\\n# c\\\n', '\\\n\n', '\\\n;\n\t', '\\\\\n', '\\\n\\\n']],
    ]),
  },
);
const value = fc.array(valuePiece, { maxLength: 8 }).map((parts) => parts.join(''));
const truth = pieces([[1, ['1', 'yes', 'TRUE', 'on', '"on"', 'yeſ', 'no', 'y', '', 'yes # x', '""yes""']]]);
const equals = pieces([
  [8, ['=']],
  [2, [' = ', '\t=\t', '=\\\n', '\\\n=']],
  [1, ['\u00a0=', '=\u00a0', '=\u0085']],
]);
const rawEquals = fc.constantFrom('\xa0=', '\x85 =', '=\xa0', '= \x85');
const lineEnd = pieces([
  [8, ['\n']],
  [2, ['\r\n', ' \n', '\u00a0\n']],
]);

const assignment = fc
  .oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom('Image', 'PodmanArgs', 'GlobalArgs'), value) },
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...Object.keys(stringKeys), ...otherKeys), value) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...Object.keys(boolKeys)), truth) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...otherKeys), fc.constantFrom('', '""', ' ')) },
  )
  .chain(([key, text]) =>
    fc
      .tuple(fc.oneof({ weight: 12, arbitrary: equals }, { weight: 1, arbitrary: rawEquals }), lineEnd)
      .map(([sign, end]) => `${key}${sign}${text}${end}`),
  );

const otherLine = pieces([
  [6, ['# a comment\\\n', '; another = \n', '\n', ' \t\n', '\\\n', '  #\n', '\u2003\n', '#\u0001\n']],
  [
    4,
    [
      '[Image]\n',
      '\t[Image] \t\r\n',
      '[Service]\nA b=c\n[Image]\n',
      '[X-a]\nk=[Image]\n[Image]\n',
      '[Ima\\\nge]\n',
    ],
  ],
  [
    1,
    [
      '[Unit]\n',
      '[ Image ]\n',
      '[image]\n',
      '[Quadlet]\nDefaultDependencies=no\n[Image]\n',
      '[Quadlet]\nX=\n',
    ],
  ],
  [1, ['garbage\n', '=x\n', 'image=x\n', '[Service]Type=x\n', 'X-a=1\n', 'Imag\u00e0=x\n']],
  [1, ['[Image] # x\n', '[]\n', '[a[b]\n', '[Image\n', '[a\u0085]\n', '[a\u0001]\n', '[Image]\u00a0=\n']],
]);
const badBytesLine = fc.constantFrom(
  '\xa0=x\n',
  '[\xff]\n[Image]\n',
  '\xa0\n',
  '\x85\x85\n',
  '[\x85]\n[Image]\n',
);
const line = fc.oneof(
  { weight: 30, arbitrary: assignment },
  { weight: 8, arbitrary: otherLine },
  { weight: 1, arbitrary: badBytesLine },
);
const start = pieces([
  [20, ['[Image]\nImage=quay.io/a/b:1\n']],
  [8, ['[Image]\n', '# c\n\n[Image]\r\n', '[Image]\nImage=\n', '[X-a]\nImage=x\n[Image]\n']],
  [1, ['', '\ufeff[Image]\n', '\ufeff', 'Image=x\n', '\\\n[Image]\n']],
]);
const end = pieces([
  [6, ['']],
  [
    3,
    [
      'Image=quay.io/z/z',
      'Image=quay.io/z/z \\',
      'Image=quay.io/z/z \\\n',
      'Image=quay.io/z/z\\\n\n',
      'Image="z"\u00a0\\\n\\',
    ],
  ],
  [1, ['\\', '\\\n\\', '\n\n', '[Image]', 'Image=']],
]);
const unit = fc
  .tuple(start, fc.array(line, { maxLength: 7 }), end)
  .map(([first, lines, last]) => Buffer.from(first + lines.join('') + last, 'latin1'));

const generators = new Map<QuadletVersion, string>();
beforeAll(async () => {
  for (const version of quadletVersions) generators.set(version, await quadletGenerator(version));
});

const cases = [1, 2, 3, 4, 5, 6].flatMap((seed) => quadletVersions.map((version) => ({ seed, version })));

test.each(cases)('reads what quadlet of podman $version reads, seed $seed', async ({ seed, version }) => {
  const quadlet = generators.get(version) ?? '';
  const units = fc.sample(unit, { seed, numRuns: 500 });
  const services = await generate(quadlet, units);
  const differences = units.flatMap((bytes, index) => {
    const expected = expectedCommand(bytes);
    const service = services.get(index);
    const actual = service === undefined || expected === undefined ? service : readCommand(service, expected);
    const same = JSON.stringify(actual) === JSON.stringify(expected);
    return same ? [] : [{ unit: JSON.stringify(bytes.toString('latin1')), expected, actual }];
  });
  expect(differences.slice(0, 3)).toEqual([]);
  // Most units are meant to be accepted, and enough of them refused: otherwise little is compared.
  expect(services.size / units.length).toBeGreaterThan(0.4);
  expect(services.size / units.length).toBeLessThan(0.9);
});

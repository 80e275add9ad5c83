import { PassThrough } from 'node:stream';
import { WriteStream } from 'node:tty';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { countText, diagnosticsText } from '../../../src/cli/report/diagnostics-text.js';
import { diagnose } from '../../../src/diagnostic/diagnose.js';
import type { Diagnostic } from '../../../src/diagnostic/diagnostic.js';
import { inFile, nowhere } from '../../../src/diagnostic/place.js';

function stream(isTTY = false, columns = 80): NodeJS.WriteStream {
  const { getColorDepth } = WriteStream.prototype;
  const size = isTTY ? { isTTY, columns, getColorDepth } : {};
  return Object.assign(new PassThrough(), size) as unknown as NodeJS.WriteStream;
}

beforeEach(() => {
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS']) vi.stubEnv(name, undefined);
  vi.stubEnv('TERM', 'xterm-256color');
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const unit = '/usr/share/containers/systemd/web.container';
const found: Diagnostic = {
  rule: 'image-missing',
  severity: 'error',
  message: 'no image',
  hint: 'name one',
  ...inFile(unit),
  entry: 'web.container',
  line: 2,
  column: 7,
  excerpt: null,
};
const leftover: Diagnostic = {
  ...found,
  ...nowhere,
  rule: 'entry-leftover',
  severity: 'warning',
  message: 'left behind',
  hint: null,
};
const framed: Diagnostic = { ...found, excerpt: '1 | [Container]\n2 | Image=\n  |       ^' };

describe('findings for a person', () => {
  test('say what, where and what to do', () => {
    expect(diagnosticsText([found, leftover], stream())).toBe(
      `warning left behind [entry-leftover]
error no image [image-missing]
  at ${unit}:2:7
  hint: name one
`,
    );
  });

  test('say once what a registry says of several images', () => {
    const unanswered = (name: string, entry: string, problem = 'no route') => ({
      ...diagnose('registry-unavailable', { ...inFile(`/${entry}`), line: 1 }, { reference: name, problem }),
      excerpt: '1 | x',
    });
    const all = [
      unanswered('q.io/a', 'a.toml'),
      unanswered('q.io/c', 'a.toml', 'x509'),
      unanswered('q.io/b', 'b.toml'),
    ];
    expect(diagnosticsText(all, stream())).toBe(
      [
        'warning whether “q.io/a” can be pulled is unknown, because its registry could not be asked: no route [registry-unavailable]',
        '  at /a.toml:1',
        '    1 | x',
        '  the same of “q.io/b”',
        '  at /b.toml:1',
        '  hint: see whether the registry is up and its name is right, and check again',
        '',
        'warning whether “q.io/c” can be pulled is unknown, because its registry could not be asked: x509 [registry-unavailable]',
        '  at /a.toml:1',
        '    1 | x',
        '  hint: see whether the registry is up and its name is right, and check again',
        '',
      ].join('\n'),
    );
  });

  test('name the entry where its file has another name', () => {
    const text = diagnosticsText([{ ...found, ...inFile('/etc/x'), entry: 'y' }], stream());
    expect(text).toContain('  at /etc/x (entry y)\n');
  });

  test.each([
    ['in its own file', '/x/a\\x1b[31m', '  at /x/a\\x1b[31m\n'],
    ['in another', '/etc/x', '  at /etc/x (entry a\\x1b[31m)\n'],
  ])('let no entry reach the terminal: %s', (_, path, place) => {
    const text = diagnosticsText([{ ...found, ...inFile(path), entry: 'a\u001b[31m' }], stream());
    expect(text).toContain(place);
  });

  test('stand together by file, those without one first', () => {
    const all = [
      { ...leftover, ...inFile('/b'), message: '1' },
      { ...leftover, ...inFile('/a'), message: '2' },
      { ...leftover, message: '3' },
      { ...leftover, ...inFile('/b'), message: '4' },
    ];
    expect(diagnosticsText(all, stream()).match(/\d/g)).toEqual(['3', '1', '4', '2']);
  });

  test('stand apart where they have frames', () => {
    expect(diagnosticsText([framed, leftover], stream())).toBe(
      `warning left behind [entry-leftover]

error no image [image-missing]
  at ${unit}:2:7
    1 | [Container]
    2 | Image=
      |       ^
  hint: name one
`,
    );
  });

  test('have colours on a terminal', () => {
    for (const name of ['NO_COLOR', 'NODE_DISABLE_COLORS']) vi.stubEnv(name, undefined);
    vi.stubEnv('FORCE_COLOR', '1');
    const [what = '', , , line, mark] = diagnosticsText([framed], stream(true)).split('\n');
    expect(what).toMatch(/^\u001b\[1m\u001b\[31merror\u001b/);
    expect(line).toBe('    \u001b[2m2 |\u001b[22m Image=');
    expect(mark).toBe('    \u001b[2m  |\u001b[22m\u001b[31m       ^\u001b[39m');
  });

  test('have no colours where NO_COLOR is set', () => {
    vi.stubEnv('NO_COLOR', '1');
    expect(diagnosticsText([framed], stream(true))).toBe(diagnosticsText([framed], stream()));
  });

  test.each([
    { name: 'at the width of the terminal', columns: 22, line: '1 | 0123456789abc…' },
    { name: 'nowhere where there is room', columns: 24, line: '1 | 0123456789abcdef' },
    { name: 'before a wide character that has no room', columns: 14, line: '1 | 日本…', text: '日本語語' },
    { name: 'nowhere where the width is not known', columns: 0, line: '1 | 0123456789abcdef' },
  ])('have frames cut $name', ({ columns, line, text = '0123456789abcdef' }) => {
    vi.stubEnv('NO_COLOR', '1');
    const all = [{ ...framed, excerpt: `1 | ${text}` }];
    expect(diagnosticsText(all, stream(true, columns))).toContain(`\n    ${line}\n`);
  });
});

describe('a sentence', () => {
  beforeEach(() => vi.stubEnv('NO_COLOR', '1'));
  const [one, two] = [`0123${'a'.repeat(60)}`, `0123b${'a'.repeat(59)}`];

  test('is parted at words where the terminal ends, and no word is', () => {
    const long = {
      ...leftover,
      message: 'one two three four five',
      hint: `write /usr/${'x'.repeat(30)} instead`,
    };
    expect(diagnosticsText([long], stream(true, 24))).toBe(
      [
        'warning one two three',
        '  four five',
        '  [entry-leftover]',
        '  hint: write',
        `        /usr/${'x'.repeat(30)}`,
        '        instead',
        '',
      ].join('\n'),
    );
    expect(diagnosticsText([long], stream())).toContain('one two three four five [entry-leftover]\n');
  });

  test('has digests as short as they can be told apart, and what is to be copied in full', () => {
    const say = (message: string) => diagnosticsText([{ ...leftover, message, hint: message }], stream());
    expect(say(`“q.io/a@sha256:${one}” is old`)).toBe(
      `warning “q.io/a@sha256:0123…” is old [entry-leftover]\n  hint: “q.io/a@sha256:${one}” is old\n`,
    );
    expect(say(`sha256:${one} is not sha256:${two}`)).toContain('sha256:0123aaaa… is not sha256:0123baaa… [');
  });
});

test('findings are counted by how bad they are', () => {
  expect(countText([found, leftover, leftover])).toBe('1 error, 2 warnings');
  expect(countText([])).toBe('0 errors, 0 warnings');
});

import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { withCodeFrames } from '../../src/check/code-frames.js';
import { diagnose } from '../../src/diagnostic/diagnose.js';
import { inFile } from '../../src/diagnostic/place.js';
import { makeRoots } from '../support/roots.js';
import { dir, file, symlink } from '../support/tree.js';

/** The frame around a place in a file of this content; a backslash in it is one. */
function frame(content: string | Buffer, line: number, column: number | null, path = 'etc/x.image') {
  const root = makeRoots({ [path]: file(content) }).newRoot;
  const place = { ...inFile(`/${path}`), line, column };
  return withCodeFrames([diagnose('image-missing', place, { section: 'Image' })], root)[0]?.excerpt;
}

function lines(...text: readonly string[]): string {
  return text.join('\n');
}

describe('a code frame', () => {
  test.each([
    {
      name: 'has the line before and the line after',
      content: '[Image]\nImage=nginx\nOS=linux\nArch=arm64\n',
      at: [2, 7],
      frame: ['1 | [Image]', '2 | Image=nginx', '  |       ^^^^^', '3 | OS=linux'],
    },
    {
      name: 'begins with the first line',
      content: '[Image]\n\n',
      at: [1, 1],
      frame: ['1 | [Image]', '  | ^^^^^^^', '2 |'],
    },
    {
      name: 'ends with the last line',
      content: '[Image]\nImage=\n',
      at: [2, 7],
      frame: ['1 | [Image]', '2 | Image=', '  |       ^'],
    },
    {
      name: 'ends behind the last line where something is missing there',
      content: 'images = [\n',
      at: [2, 1],
      frame: ['1 | images = [', '2 |', '  | ^'],
    },
    {
      name: 'has no mark without a column',
      content: 'a\nb\nc\n',
      at: [2, null],
      frame: ['1 | a', '2 | b', '3 | c'],
    },
    {
      name: 'has room for the longest number',
      content: 'x\n'.repeat(12),
      at: [9, 1],
      frame: [' 8 | x', ' 9 | x', '   | ^', '10 | x'],
    },
    {
      name: 'shows a tab as four blanks',
      content: '\tImage=\tnginx',
      at: [1, 9],
      frame: ['1 |     Image=    nginx', '  |               ^^^^^'],
    },
    {
      name: 'counts two columns for a wide character, none for a combining one',
      content: '# 日本 e\u0301🦊 x',
      at: [1, 11],
      frame: ['1 | # 日本 e\u0301🦊 x', '  |            ^'],
    },
    {
      name: 'shows what a terminal would take for a command',
      content: 'Image=\u001b[2J\u202ex\r\n',
      at: [1, 12],
      frame: ['1 | Image=\\x1b[2J\\u{202e}x', '  |                      ^'],
    },
    {
      name: 'shows bytes that are not UTF-8',
      content: Buffer.from([...Buffer.from('Image=x'), 0xff, ...Buffer.from('y z')]),
      at: [1, 11],
      frame: ['1 | Image=x\\xffy z', '  |              ^'],
    },
    {
      name: 'does not count a byte order mark',
      content: '\ufeffimages = 1\n',
      at: [1, 10],
      frame: ['1 | images = 1', '  |          ^'],
    },
  ] as const)('$name', ({ content, at: [line, column], frame: expected }) => {
    expect(frame(content, line, column)).toBe(lines(...expected));
  });

  test.each([
    ['a text in quotes', 'images = ["quay.io/a b:1"] # x', 11, '"quay.io/a b:1"'],
    ['what stands in quotes', "  - image: 'quay.io/a:1'", 13, 'quay.io/a:1'],
    ['a word of a list', 'images: [quay.io/a, quay.io/b]', 10, 'quay.io/a'],
    ['a key', 'Image=quay.io/a', 1, 'Image'],
    ['a header', '[[image]] # x', 1, '[[image]]'],
    ['a variable in a value', 'Image=quay.io/a:${TAG}-1', 17, '${TAG}'],
    ['a specifier in a value', 'Image=quay.io/a:%i-1', 17, '%i'],
    ['a word of a command line', 'PodmanArgs=--tls-verify=false --quiet', 12, '--tls-verify=false'],
    ['no more than one character where there is nothing', 'Image=', 7, ''],
  ])('underlines %s', (_, line, column, value) => {
    const mark = frame(line, 1, column)?.split('\n')[1];
    expect(mark).toBe(`  | ${' '.repeat(column - 1)}${'^'.repeat(Math.max(1, value.length))}`);
  });

  test('of a long line is what stands around its column', () => {
    const shown = frame(`${'a'.repeat(1000)}X${'b'.repeat(1000)}\nshort`, 1, 1001);
    expect(shown).toBe(
      lines(
        `1 | …${'a'.repeat(30)}X${'b'.repeat(169)}…`,
        `  | ${' '.repeat(31)}${'^'.repeat(171)}`,
        '2 | short',
      ),
    );
  });

  test.each([
    { name: 'a line that is not there', content: 'a\n', line: 9 },
    { name: 'a file that is not text', content: 'a\0b\n', line: 1 },
    { name: 'a file that has not the name of a configuration', content: 'a\n', line: 1, path: 'etc/a.json' },
    { name: 'an auth file', content: '{ "auths": {} }\n', line: 1 },
    { name: 'a file too large for a configuration', content: 'a\n'.repeat(600_000), line: 1 },
  ])('is not made of $name', ({ content, line, path }) => {
    expect(frame(content, line, 1, path)).toBeNull();
  });

  test('is not made where there is one, no file or no line', () => {
    const root = makeRoots({ 'etc/x.image': 'text\n' }).newRoot;
    const made = diagnose(
      'image-missing',
      { ...inFile('/etc/x.image'), line: 1, column: 1 },
      { section: 'x' },
      'old',
    );
    const without = [inFile('/etc/x.image'), { ...inFile('/nowhere'), line: 1, column: 1 }].map((place) =>
      diagnose('image-missing', place, { section: 'x' }),
    );
    expect(withCodeFrames([made, ...without], root).map(({ excerpt }) => excerpt)).toEqual([
      'old',
      null,
      null,
    ]);
  });

  test('marks the place, however wide the characters before it', () => {
    const script = fc.constantFrom(...'aZ~é€Жא日本語한글カｶＡ、🦊𠀋');
    fc.assert(
      fc.property(fc.array(script, { maxLength: 30 }), (characters) => {
        const before = characters.join('');
        const [row = '', mark = ''] = frame(`${before}X`, 1, before.length + 1)?.split('\n') ?? [];
        expect(mark.length - 1).toBe(stringWidth(row) - 1);
      }),
      { numRuns: 50 },
    );
  });

  test('has no frames behind the first hundred of a file', () => {
    const root = makeRoots({ 'etc/x.image': '%i'.repeat(200), 'etc/y.image': '%i' }).newRoot;
    const places = [
      ...Array.from({ length: 101 }, (_, index) => ({
        ...inFile('/etc/x.image'),
        line: 1,
        column: index + 1,
      })),
      { ...inFile('/etc/y.image'), line: 1, column: 1 },
    ];
    const found = places.map((place) => diagnose('image-missing', place, { section: 'Image' }));
    const shown = withCodeFrames(found, root).map(({ excerpt }) => excerpt !== null);
    expect(shown).toEqual([...Array.from({ length: 100 }, () => true), false, true]);
  });
});

describe('the lines around are shown without what the finding is not about', () => {
  const secret = 'QZvalue';
  test.each<{ name: string; path?: string; before?: readonly string[]; after?: readonly string[] }>([
    { name: 'a variable', before: [`Environment=ENCRYPTION_KEY=${secret}`] },
    { name: 'a variable without a telling name', after: [`Environment=A=${secret} "B=${secret} ${secret}"`] },
    { name: 'a command line', before: [`Exec=mysql -p${secret}`] },
    { name: 'the end of a continued one', before: ['Exec=mysql \\', `  -p${secret}`] },
    { name: 'the beginning of a continued one', after: [`Exec=mysql -p${secret} \\`, '  --all'] },
    { name: 'a continued one with a comment in it', before: ['Exec=mysql \\', '# note', `  -p${secret}`] },
    { name: 'a misspelt key', before: [`Enviroment=A=${secret}`] },
    { name: 'a commented key', before: [`#Environment=A=${secret}`] },
    { name: 'white space around the sign', before: [`  Exec = ${secret}`] },
    ...[
      'Secret',
      'PodmanArgs',
      'GlobalArgs',
      'HealthCmd',
      'Label',
      'Annotation',
      'ExecStartPre',
      'Entrypoint',
    ].map((key) => ({ name: `${key}=`, after: [`${key}=a=${secret}`] })),
    { name: 'a drop-in', path: 'etc/containers/systemd/x.container.d/1.conf', before: [`Exec=${secret}`] },
    {
      name: 'a list of containers.conf',
      path: 'etc/containers.conf',
      before: ['env = [', '"A=1",', `"B=${secret}"]`],
    },
    { name: 'an item of it', path: 'etc/containers.conf', before: ['env = [', `"A=${secret}",`] },
    { name: 'arguments in YAML', path: 'etc/x.yaml', before: ['args:', `- -p${secret}`] },
    { name: 'arguments of an item in YAML', path: 'etc/x.yaml', before: ['- args:', `  - -p${secret}`] },
    { name: 'arguments in one line', path: 'etc/x.yaml', after: [`args: ["-p", "${secret}"]`] },
    { name: 'a command', path: 'etc/x.yaml', before: ['  command:', '    - sh', `    - ${secret}`] },
    { name: 'a variable in YAML', path: 'etc/x.yaml', after: [`env: [{name: A, value: ${secret}}]`] },
  ])('$name', ({ path = 'etc/x.container', before = [], after = [] }) => {
    const content = [...before, 'Image=nginx', ...after, ''].join('\n');
    const shown = frame(content, before.length + 1, 7, path) ?? '';
    expect(shown).toContain('Image=nginx');
    expect(shown).not.toContain(secret);
    expect(shown).toContain('***');
  });

  test('and its own line with it', () => {
    expect(frame('Environment=A=%i\nExec=run %i\nEnvironment=B=2\n', 2, 10, 'etc/x.container')).toBe(
      ['1 | Environment=***', '2 | Exec=run %i', '  |          ^^', '3 | Environment=***'].join('\n'),
    );
  });
});

test('a file of the host is shown to nobody', () => {
  const root = makeRoots(
    { 'etc/x.image': symlink('/var/lib/secret') },
    { 'usr/etc/': dir(), 'etc/keep': '', 'var/lib/secret': '[Image]\nImage=secret\n' },
  ).newRoot;
  const place = { ...inFile('/etc/x.image'), line: 2, column: 7 };
  const finding = diagnose('image-missing', place, { section: 'Image' }, 'Image=secret');
  expect(withCodeFrames([finding], root)[0]?.excerpt).toBeNull();
});

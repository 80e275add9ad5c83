import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { githubText } from '../../../src/cli/report/github.js';
import type { Diagnostic } from '../../../src/diagnostic/diagnostic.js';
import { inFile, nowhere } from '../../../src/diagnostic/place.js';

const checked = { root: '/build/rootfs', image: null };
const found: Diagnostic = {
  rule: 'image-missing',
  severity: 'error',
  message: 'no image',
  hint: 'name one',
  ...inFile('/etc/x'),
  line: 3,
  column: 7,
  excerpt: null,
};

test.each([
  {
    name: 'with its place, and the hint in a line of its own',
    diagnostic: found,
    text: '::error file=/etc/x,line=3,col=7,title=bound-images (image-missing)::no image%0Ahint: name one\n',
  },
  {
    name: 'without a place',
    diagnostic: { ...found, ...nowhere, hint: null },
    text: '::error title=bound-images (image-missing)::no image\n',
  },
  {
    name: 'as a warning',
    diagnostic: { ...found, ...inFile('/a'), severity: 'warning', message: 'x', hint: null } as const,
    text: '::warning file=/a,title=bound-images (image-missing)::x\n',
  },
  {
    name: 'as a notice',
    diagnostic: { ...found, ...nowhere, severity: 'info', message: 'x', hint: null } as const,
    text: '::notice title=bound-images (image-missing)::x\n',
  },
  {
    name: 'with what would end a property escaped',
    diagnostic: { ...found, ...inFile('/a:b,c%0A'), message: 'a:b,c%0A', hint: null },
    text: '::error file=/a%3Ab%2Cc%250A,title=bound-images (image-missing)::a:b,c%250A\n',
  },
])('a finding is a workflow command $name', ({ diagnostic, text }) => {
  expect(githubText(checked, [diagnostic], '/elsewhere')).toBe(text);
});

test('there is a line for each finding, in their order', () => {
  const both = [found, { ...found, line: 4 }];
  expect(githubText(checked, both, '/').match(/line=\d/g)).toEqual(['line=3', 'line=4']);
  expect(githubText(checked, [], '/')).toBe('');
});

describe('a file is named', () => {
  test.each([
    {
      name: 'from the working directory above the root',
      root: '/build/rootfs',
      from: '/build',
      file: 'rootfs/etc/x',
    },
    { name: 'from the working directory that is the root', root: '/build', from: '/build', file: 'etc/x' },
    { name: 'by its path in a root elsewhere', root: '/build/rootfs', from: '/build/repo', file: '/etc/x' },
    { name: 'by its path in a root above', root: '/', from: '/build', file: '/etc/x' },
    {
      name: 'from a directory whose name begins with dots',
      root: '/build/..x',
      from: '/build',
      file: '..x/etc/x',
    },
  ])('$name', ({ root, from, file }) => {
    expect(githubText({ root, image: null }, [found], from)).toContain(` file=${file},`);
  });

  test('by its path in an image', () => {
    const text = githubText({ root: null, image: 'quay.io/example/os' }, [found], '/');
    expect(text).toContain(' file=/etc/x,');
  });
});

test('no text of a finding begins another command or property', () => {
  const text = fc.string({ unit: fc.constantFrom(...'a%:,=\r\n;&') });
  fc.assert(
    fc.property(text, text, text, (file, message, hint) => {
      const diagnostic: Diagnostic = { ...found, file, message, hint };
      const written = githubText({ root: null, image: 'x' }, [diagnostic], '/');
      const [, properties = '', data = ''] = /^::error ([^:]*)::([^\r\n]*)\n$/.exec(written) ?? [];
      const values = properties
        .split(',')
        .map((property) => unescaped(property.slice(property.indexOf('=') + 1)));
      expect(values).toEqual([file, '3', '7', 'bound-images (image-missing)']);
      expect(unescaped(data)).toBe(`${message}\nhint: ${hint}`);
    }),
  );
});

/** As the runner of GitHub Actions reads them: actions/runner, ActionCommand.cs. */
function unescaped(text: string): string {
  const characters = { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',' };
  return Object.entries(characters)
    .reduce((value, [written, character]) => value.replaceAll(written, character), text)
    .replaceAll('%25', '%');
}

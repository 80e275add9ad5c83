import { readdirSync } from 'node:fs';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { definition } from '../../contrib/definition.js';
import { manPages } from '../../contrib/man/generate.js';
import { code, escaped, mdocSections, textLines } from '../../contrib/man/mdoc.js';
import { exitStatus } from '../../src/cli/exit-status.js';
import { artifactKeys, imageKeys, payloadKeys, topLevelKeys } from '../../src/scan/drop-in/format.js';

beforeEach(() => {
  vi.stubGlobal('BOUND_IMAGES_VERSION', '0.0.0');
});

const pages = manPages();
const { commands } = definition();

/** Without what is said of hyphens. */
const page = (name: string) => (pages.get(name) ?? `there is no page ${name}`).replaceAll('\\-', '-');

test('every command has a page, and so have the files that the program reads', () => {
  const names = commands.map((command) => `bound-images-${command.name()}.1`);
  const all = ['bound-images.1', ...names, 'bound-images.d.5', 'bound-images.toml.5'];
  expect([...pages.keys()].toSorted()).toEqual(all.toSorted());
});

test('every text is that of a page', () => {
  const texts = readdirSync('contrib/man/texts').map((name) => name.replace(/\.md$/, ''));
  const names = commands.map((command) => command.name());
  expect(texts.toSorted()).toEqual(
    ['bound-images', 'bound-images.d', 'bound-images.toml', ...names].toSorted(),
  );
});

describe.each(commands.map((command) => ({ name: command.name(), command })))('the page of $name', (row) => {
  test('has every option, with its variable', () => {
    for (const { long, envVar } of row.command.options) {
      expect(page(`bound-images-${row.name}.1`)).toContain(`Fl ${long?.slice(1)}`);
      if (envVar !== undefined) {
        expect(page(`bound-images-${row.name}.1`)).toContain(`.Pq Ev ${envVar}\n`);
      }
    }
  });
});

test('pages have every exit status, and every key of a drop-in', () => {
  for (const status of Object.values(exitStatus))
    expect(page('bound-images.1')).toContain(`\n.It ${status}\n`);
  for (const key of [topLevelKeys, imageKeys, artifactKeys, payloadKeys].flatMap(Object.keys))
    expect(page('bound-images.d.5')).toContain(`.It "\\fB${key}\\fR"`);
});

test('two runs give the same pages', () => {
  expect(manPages()).toEqual(pages);
});

describe('mdoc', () => {
  test.each([
    { text: 'a\\b', shown: 'a\\eb' },
    { text: 'podman’s “x” 🐧', shown: 'podman\\[u2019]s \\[u201C]x\\[u201D] \\[u1F427]' },
  ])('$text is escaped', ({ text, shown }) => {
    expect(escaped(text)).toBe(shown);
  });

  test('no line of text is taken for a request, and each sentence has its own', () => {
    expect(textLines(".image is one. 'a' is another.")).toEqual(['\\&.image is one.', "\\&'a' is another."]);
    expect(textLines(`${'word '.repeat(40)}end`).every((line) => line.length < 80)).toBe(true);
    expect(code('--a')).toBe('\\fB\\-\\-a\\fR');
  });

  test('sections are parted at headings, and not at comments in code', () => {
    const parts = mdocSections('a\n\n```ini\n# no heading\n.b\n```\n# Files\n\n- `x`: y\n- `z`: w\n');
    expect(parts).toEqual([
      ['a', '.Bd -literal -offset indent', '# no heading', '\\&.b', '.Ed'],
      ['.Sh FILES', '.Bl -tag -width Ds', '.It "\\fBx\\fR"', 'y', '.It "\\fBz\\fR"', 'w', '.El'],
    ]);
  });
});

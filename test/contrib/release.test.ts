import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { closeUnreleased, releaseNotes } from '../../contrib/release/changelog.js';
import { naming } from '../../contrib/release/pins.js';
import { readArguments } from '../../contrib/release/usage.js';
import { nextVersion } from '../../contrib/release/version.js';

describe('the version of a release', () => {
  test.each([
    ['patch', '1.2.4'],
    ['minor', '1.3.0'],
    ['major', '2.0.0'],
    ['1.10.0', '1.10.0'],
  ])('%s after 1.2.3 is %s', (wanted, version) => {
    expect(nextVersion('1.2.3', wanted)).toBe(version);
  });

  test.each(['1.2.3', '1.2.2', '0.9.9'])('is not %s after 1.2.3', (wanted) => {
    expect(() => nextVersion('1.2.3', wanted)).toThrow(`${wanted} is not greater than 1.2.3`);
  });

  test.each(['', 'v2.0.0', '2.0', '02.0.0', '2.0.0-rc.1', '2.0.0+x', 'prerelease', '2.0.0\n'])(
    'is not %j, which is none',
    (wanted) => {
      expect(() => nextVersion('1.2.3', wanted)).toThrow(
        / is no version: use patch, minor, major or X\.Y\.Z$/,
      );
    },
  );

  test('stands in npm’s files, and where a release writes it: all others say VERSION', () => {
    const pages = readdirSync('.').filter((name) => name.endsWith('.md'));
    const files = readdirSync('contrib', { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const found = [...pages, ...files.filter((file) => !naming.includes(file))].flatMap(
      (file) => readFileSync(file, 'utf8').match(/bound-images[-_:@]v?\d+\.\d+\.\d.*/g) ?? [],
    );
    expect(found).toEqual([]);
  });
});

test.each([
  [[], 'say one version'],
  [['minor', 'major'], 'say one version'],
  [['minor', '--push'], '--push is no option'],
  [['minor', '--forms'], '--forms takes some of executables,compressed,npm,'],
  [['minor', '--forms', 'npm,snap'], '--forms takes some of executables,compressed,npm,'],
])('npm run release -- %j is refused', (args, said) => {
  expect(() => readArguments(args)).toThrow(said);
});

describe('a changelog', () => {
  const first = '## 0.1.0 – 2025-01-02\n\n### Added\n\n- All.\n';
  const of = (unreleased: string) => `# Changelog\n\nWhat changed.\n\n## Unreleased\n\n${unreleased}${first}`;

  test('has a section of the version then, and nothing below Unreleased', () => {
    const closed = closeUnreleased(of('### Added\n\n- This.\n\n'), '0.2.0', '2026-03-04');
    expect(closed).toBe(of('## 0.2.0 – 2026-03-04\n\n### Added\n\n- This.\n\n'));
    expect(() => closeUnreleased(closed, '0.3.0', '2026-03-05')).toThrow('nothing below “## Unreleased”');
  });

  test.each(['', '### Added\n\n### Fixed\n\n'])('with %j below Unreleased is not closed', (unreleased) => {
    expect(() => closeUnreleased(of(unreleased), '0.2.0', '2026-03-04')).toThrow(
      'nothing below “## Unreleased”',
    );
  });

  test('without Unreleased is not closed', () => {
    expect(() => closeUnreleased(`# Changelog\n\n${first}`, '0.2.0', '2026-03-04')).toThrow('no section');
  });

  test('gives the notes of a release: an entry a line, links from anywhere', () => {
    const entries = [
      '### Added',
      '',
      '- One that is told',
      '  in two lines',
      '- [Pages](contrib/docs/README.md#all), and [others](https://example.com/x)',
      '  - below',
    ];
    const notes = releaseNotes(of(`## 0.2.0 – 2026-03-04\n\n${entries.join('\n')}\n\n`), '0.2.0');
    expect(notes.split('\n')).toEqual([
      '### Added',
      '',
      '- One that is told in two lines',
      '- [Pages](https://github.com/bound-images/bound-images/blob/v0.2.0/contrib/docs/README.md#all), and [others](https://example.com/x)',
      '  - below',
      '',
    ]);
    expect(() => releaseNotes(of(''), '0.2.0')).toThrow('no section “## 0.2.0 – YYYY-MM-DD”');
  });
});

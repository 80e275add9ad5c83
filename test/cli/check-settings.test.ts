import type { Command } from 'commander';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readSettings, type SettingsOptions } from '../../src/cli/check-settings.js';
import { program } from '../../src/cli/program.js';
import { BoundImagesError } from '../../src/model/error.js';
import { dir, fifo, makeTree, symlink, type TreeSpec } from '../support/tree.js';

const start = process.cwd();

afterEach(() => {
  process.chdir(start);
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

/** The settings that a working directory and options give: `strict` and `rule=level`, or the error. */
function settings(
  files: TreeSpec,
  options: Partial<SettingsOptions> = {},
): readonly string[] | BoundImagesError {
  process.chdir(makeTree(files));
  try {
    const { strict, levels } = readSettings({ strict: false, ...options });
    return [...(strict ? ['strict'] : []), ...[...levels].map((level) => level.join('='))];
  } catch (error) {
    if (error instanceof BoundImagesError) return error;
    throw error;
  }
}

const file = '.bound-images.toml';
const off = '[rules]\nreference-short = "off"\n';

describe('the settings', () => {
  test.each([
    { name: 'nothing where there is no file and no option', files: {}, options: {}, expected: [] },
    {
      name: 'the file',
      files: { [file]: `strict = true\n${off}` },
      options: {},
      expected: ['strict', 'reference-short=off'],
    },
    {
      name: 'the options',
      files: {},
      options: { strict: true, rule: ['specifier=warning'] },
      expected: ['strict', 'specifier=warning'],
    },
    {
      name: 'the last of several levels',
      files: {},
      options: { rule: ['specifier=off', 'specifier=error'] },
      expected: ['specifier=error'],
    },
    {
      name: 'the options more than the file',
      files: { [file]: off },
      options: { rule: ['reference-short=error'] },
      expected: ['reference-short=error'],
    },
    {
      name: 'the file, strict or not, where the option is not given',
      files: { [file]: 'strict = true' },
      options: {},
      expected: ['strict'],
    },
    {
      name: 'a named file alone',
      files: { [file]: off, 'ci/check.toml': 'strict = true' },
      options: { config: 'ci/check.toml' },
      expected: ['strict'],
    },
    {
      name: 'the file that a link leads to inside the working directory',
      files: { [file]: symlink('/ci/check.toml'), 'ci/check.toml': 'strict = true' },
      options: {},
      expected: ['strict'],
    },
    {
      name: 'the file that a named link leads to',
      files: { 'ci/check.toml': symlink('../more.toml'), 'more.toml': 'strict = true' },
      options: { config: 'ci/check.toml' },
      expected: ['strict'],
    },
    {
      name: 'no file with /dev/null',
      files: { [file]: off },
      options: { config: '/dev/null' },
      expected: [],
    },
  ])('are those of $name', ({ files, options, expected }) => {
    expect(settings(files, options)).toEqual(expected);
  });

  test.each([
    {
      name: 'a named file that is missing',
      files: {},
      options: { config: 'ci.toml' },
      message: 'the settings in ci.toml cannot be read: it does not exist',
      hint: null,
    },
    {
      name: 'a file that is a directory',
      files: { [`${file}/`]: dir() },
      options: {},
      message: `the settings in ${file} cannot be read: it is a directory`,
      hint: null,
    },
    {
      name: 'a file that is a link out of the working directory',
      files: { [file]: symlink('/dev/zero') },
      options: {},
      message: `the settings in ${file} cannot be read: it is a link to nothing inside the working directory`,
      hint: 'make it a file; links are followed inside the working directory only',
    },
    {
      name: 'a file that is a link to a file of this host',
      files: { [file]: symlink('../../../../../../etc/passwd') },
      options: {},
      message: `the settings in ${file} cannot be read: it is a link to nothing inside the working directory`,
      hint: 'make it a file; links are followed inside the working directory only',
    },
    {
      name: 'a file that is a loop',
      files: { [file]: symlink(file) },
      options: {},
      message: `the settings in ${file} cannot be read: it is a loop of symbolic links`,
      hint: null,
    },
    {
      name: 'a file that is a FIFO',
      files: { [file]: fifo() },
      options: {},
      message: `the settings in ${file} cannot be read: it is not a regular file`,
      hint: null,
    },
    {
      name: 'a file that is too large',
      files: { [file]: '#'.repeat(2 ** 20 + 1) },
      options: {},
      message: `the settings in ${file} cannot be read: it is larger than 1024 KiB`,
      hint: null,
    },
    {
      name: 'a named file that is a link to an endless device',
      files: { 'ci.toml': symlink('/dev/zero') },
      options: { config: 'ci.toml' },
      message: 'the settings in ci.toml cannot be read: it is not a regular file',
      hint: null,
    },
    {
      name: 'a named FIFO',
      files: { 'ci.toml': fifo() },
      options: { config: './ci.toml' },
      message: 'the settings in ./ci.toml cannot be read: it is not a regular file',
      hint: null,
    },
    {
      name: 'a named file that is a loop',
      files: { 'ci.toml': symlink('ci.toml') },
      options: { config: 'ci.toml' },
      message: 'the settings in ci.toml cannot be read: it is a loop of symbolic links',
      hint: null,
    },
    {
      name: 'more mistakes than anybody reads',
      files: { [file]: Array.from({ length: 50 }, (_, index) => `unknown${index} = 1\n`).join('') },
      options: {},
      message: [
        ...Array.from(
          { length: 20 },
          (_, index) => `${file}:${index + 1}:1: unknown key “unknown${index}”: known are strict, rules`,
        ),
        'and 30 more mistakes',
      ].join('\n'),
      hint: null,
    },
    {
      name: 'a file that is not UTF-8',
      files: { [file]: Buffer.from([0x23, 0xff]) },
      options: {},
      message: `${file} is not UTF-8`,
      hint: 'save it as UTF-8; TOML allows nothing else',
    },
    {
      name: 'every mistake in a file, at its place',
      files: { [file]: 'stric = true\n[rules]\nspecifier = "of\\u001b"\n' },
      options: {},
      message: `${file}:1:1: unknown key “stric”: did you mean “strict”?\n${file}:3:13: “specifier” must be "off" or "warning" or "error"`,
      hint: null,
    },
    {
      name: 'a misspelt rule in an option',
      files: {},
      options: { rule: ['specifer=off'] },
      message: '--rule specifer=off: there is no rule “specifer”',
      hint: 'did you mean “specifier”?',
    },
    {
      name: 'an unknown level in an option',
      files: {},
      options: { rule: ['specifier=info'] },
      message: '--rule specifier=info gives no level',
      hint: 'write specifier=off or specifier=warning or specifier=error',
    },
    {
      name: 'a rule without a level in an option',
      files: {},
      options: { rule: ['specifier'] },
      message: '--rule specifier gives no level',
      hint: 'write specifier=off or specifier=warning or specifier=error',
    },
    {
      name: 'more than a level in an option',
      files: {},
      options: { rule: ['specifier=off=off'] },
      message: '--rule specifier=off=off gives no level',
      hint: 'write specifier=off or specifier=warning or specifier=error',
    },
  ])('are refused for $name', ({ files, options, message, hint }) => {
    const error = settings(files, options);
    expect(error).toMatchObject({ code: 'usage', message, hint });
  });
});

describe('the options of check', () => {
  function parse(args: readonly string[]): SettingsOptions {
    vi.stubGlobal('BOUND_IMAGES_VERSION', '0.0.0');
    const root = program(() => undefined);
    const check = root.commands.find((each) => each.name() === 'check') as Command;
    check.action(() => undefined);
    for (const each of [root, check]) each.configureOutput({ writeErr: () => undefined });
    root.parse(['check', ...args], { from: 'user' });
    return check.opts();
  }

  test('take rules one by one, or several between commas or blanks', () => {
    expect(parse(['--rule', 'a=off', '--rule', 'b=error,c=off']).rule).toEqual(['a=off', 'b=error', 'c=off']);
    vi.stubEnv('BOUND_IMAGES_RULE', ' a=off, b=error\nc=off ');
    expect(parse([]).rule).toEqual(['a=off', 'b=error', 'c=off']);
  });

  test('take rules from the environment only where the command line has none', () => {
    vi.stubEnv('BOUND_IMAGES_RULE', 'a=off');
    expect(parse(['--rule', 'b=off']).rule).toEqual(['b=off']);
  });

  test('take a file from the environment, unless the variable is empty', () => {
    vi.stubEnv('BOUND_IMAGES_CONFIG', 'ci.toml');
    expect(parse([]).config).toBe('ci.toml');
    vi.stubEnv('BOUND_IMAGES_CONFIG', '');
    expect(parse([]).config).toBeUndefined();
  });

  test.each(['--rule=', '--rule=,', '--config='])('refuse an empty value: %s', (argument) => {
    expect(() => parse([argument])).toThrow('It must not be empty.');
  });
});

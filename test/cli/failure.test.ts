import { CommanderError } from 'commander';
import { describe, expect, test, vi } from 'vitest';
import { asksForJson, endedBy } from '../../src/cli/failure.js';
import { program } from '../../src/cli/program.js';
import { errorJson } from '../../src/cli/report/error.js';
import { BoundImagesError } from '../../src/model/error.js';

/** What commander throws for a command line. */
async function thrownFor(...args: readonly string[]): Promise<unknown> {
  vi.stubGlobal('BOUND_IMAGES_VERSION', '0.0.0');
  const root = program(() => undefined);
  for (const command of [root, ...root.commands]) {
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  }
  return await root.parseAsync(['node', 'bound-images', ...args]).catch((error: unknown) => error);
}

describe('what ends a run is told to a program', () => {
  test.each([
    {
      name: 'an error of the library, in words that name options',
      error: new BoundImagesError('busy', 'another one is at work', {
        hint: 'wait for it',
        reason: { kind: 'other-at-work' },
      }),
      status: 75,
      told: { code: 'busy', message: 'another one is at work', hint: 'wait for it with --wait 30m' },
    },
    {
      name: 'a program that is missing',
      error: new BoundImagesError('tool-missing', 'podman is not here'),
      status: 4,
      told: { code: 'tool-missing', message: 'podman is not here', hint: null },
    },
    {
      name: 'a mistake',
      error: new TypeError('it is not a function'),
      status: 70,
      told: {
        code: 'mistake',
        message: 'it is not a function',
        hint: 'this is a mistake in bound-images; --verbose shows where',
      },
    },
  ])('$name', ({ error, status, told }) => {
    expect(endedBy(error)).toMatchObject({ status, error: told });
    expect(errorJson(told as Parameters<typeof errorJson>[0])).toEqual({ schemaVersion: 1, error: told });
  });

  test.each([
    {
      name: 'an unknown option, with the one that was meant',
      args: ['list', '--formt', 'json'],
      told: { message: "unknown option '--formt'", hint: 'Did you mean --format?' },
    },
    {
      name: 'a value that is no choice',
      args: ['list', '--format', 'yaml'],
      told: { message: expect.stringContaining("argument 'yaml' is invalid"), hint: null },
    },
    {
      name: 'an unknown command',
      args: ['lst'],
      told: { message: "unknown command 'lst'", hint: 'Did you mean list?' },
    },
    { name: 'no command', args: [], told: { message: 'no command was given', hint: null } },
  ])('$name', async ({ args, told }) => {
    const thrown = await thrownFor(...args);
    expect(thrown).toBeInstanceOf(CommanderError);
    expect(endedBy(thrown)).toEqual({ status: 2, error: { code: 'usage', ...told }, note: null });
  });

  test('but no request for help', async () => {
    expect(endedBy(await thrownFor('list', '--help'))).toEqual({ status: 0, error: null, note: null });
  });
});

test.each([
  { args: ['list', '--format', 'json', '--nonsense'], wanted: true },
  { args: ['list', '--format=json', '--nonsense'], wanted: true },
  { args: ['list', '--format', 'human', '--format', 'json'], wanted: true },
  { args: ['list', '--format', 'json', '--format=human'], variable: 'json', wanted: false },
  { args: ['list', '--nonsense'], variable: 'json', wanted: true },
  { args: ['list', '--nonsense'], variable: 'human', wanted: false },
  { args: ['list', '--format'], wanted: false },
  { args: ['stage', '--nonsense', '--', 'tool', '--format', 'json'], wanted: false },
])('a command line that cannot be read asks for JSON: $args, $variable: $wanted', (row) => {
  expect(asksForJson(row.args, row.variable)).toBe(row.wanted);
});

test.each([[], ['help'], ['help', 'pull'], ['--help'], ['pull', '--help'], ['pull', '-h'], ['pull', '-vh']])(
  'help is printed for %j',
  async (...args) => {
    const { code } = (await thrownFor(...args)) as CommanderError;
    expect(code).toMatch(/^commander\.help/);
  },
);

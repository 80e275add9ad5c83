import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { StageOptions } from '../../src/cli/commands/stage.js';
import { withHelp } from '../../src/cli/help.js';
import { program } from '../../src/cli/program.js';

beforeEach(() => {
  vi.stubGlobal('BOUND_IMAGES_VERSION', '0.0.0');
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

function commandNamed(root: Command, name: string): Command {
  const command = root.commands.find((each) => each.name() === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  return command;
}

/** What a command is called with, in place of being run. */
function parse(name: string, args: readonly string[]): { words: readonly string[]; options: StageOptions } {
  const root = program(() => undefined);
  let words: readonly string[] = [];
  const command = commandNamed(root, name);
  command.action((given: unknown) => {
    words = Array.isArray(given) ? given : [];
  });
  for (const each of [root, command]) each.configureOutput({ writeErr: () => undefined });
  root.parse([name, ...args], { from: 'user' });
  return { words, options: command.opts() };
}

describe('the words behind the options of stage', () => {
  test.each([
    { name: 'none', args: [], words: [] },
    { name: 'those behind --', args: ['--', 'systemctl', 'reboot'], words: ['systemctl', 'reboot'] },
    {
      name: 'options behind --, though stage has some of that name',
      args: ['--', 'bootc', 'upgrade', '--quiet', '--root', '/x', '-v', '--help'],
      words: ['bootc', 'upgrade', '--quiet', '--root', '/x', '-v', '--help'],
    },
    {
      name: 'options behind the command, without --',
      args: ['rpm-ostree', 'finalize-deployment', '--allow-missing-checksum'],
      words: ['rpm-ostree', 'finalize-deployment', '--allow-missing-checksum'],
    },
    { name: 'a second --', args: ['--', 'env', '--', 'x'], words: ['env', '--', 'x'] },
    { name: 'empty words', args: ['--', 'printf', ''], words: ['printf', ''] },
  ])('are the command: $name', ({ args, words }) => {
    const parsed = parse('stage', ['--retries', '7', ...args]);
    expect(parsed.words).toEqual(words);
    expect(parsed.options).toMatchObject({ retries: 7, quiet: false, verbose: false });
    expect(parsed.options.root).toBeUndefined();
  });
});

describe('the options of stage', () => {
  test('have defaults, and no root: that is the staged deployment’s', () => {
    expect(parse('stage', []).options).toEqual({
      currentRoot: '/',
      format: 'human',
      quiet: false,
      verbose: false,
      store: 'podman',
      podman: 'podman',
      concurrency: 6,
      pullPolicy: 'newer',
      minFree: 256 * 1024 * 1024,
      verify: 'structure',
      retries: 4,
      stallTimeout: 60_000,
      nice: false,
      direct: false,
      keepParts: 7,
      progress: 'auto',
    });
  });

  test.each([
    { args: ['--wait', '30m'], options: { wait: 1_800_000 } },
    { args: ['--wait=90s'], options: { wait: 90_000 } },
    { args: ['--state-dir', '/srv/state'], options: { stateDir: '/srv/state' } },
    { args: ['--root', '/new'], options: { root: '/new' } },
    { args: ['--dir', '/a', '--dir', 'b,/c'], options: { dir: ['/a', '/b', '/c'] } },
    { args: ['--timeout', '1h'], options: { timeout: 3_600_000 } },
    { args: ['--limit-rate', '2M'], options: { limitRate: 2 * 1024 * 1024 } },
    { args: ['--store', 'bootc'], options: { store: 'bootc' } },
    { args: ['--direct', '--keep-parts=0'], options: { direct: true, keepParts: 0 } },
    {
      args: ['--accept-missing', 'a/b:1', '--accept-missing', 'a/c:1', '--reason', ' the registry is gone '],
      options: { acceptMissing: ['a/b:1', 'a/c:1'], reason: 'the registry is gone' },
    },
  ])('$args', ({ args, options }) => {
    expect(parse('stage', [...args, '--', 'true']).options).toMatchObject(options);
  });

  test.each([
    { args: ['--wait', 'long'] },
    { args: ['--wait', '0'] },
    { args: ['--state-dir', ''] },
    { args: ['--dir', ''] },
    { args: ['--dir', ','] },
    { args: ['--limit-rate', '1023'] },
    { args: ['--limit-rate', '0.5M'] },
    { args: ['--keep-parts', '1d'] },
    { args: ['--accept-missing', 'a/b:1'] },
    { args: ['--reason', 'x'] },
    { args: ['--accept-missing', 'a/b:1', '--reason', ' '] },
    { args: ['--accept-missing', 'a/b:1', '--reason', 'two\nlines'] },
    { args: ['--accept-missing', 'a/b:1', '--reason', 'x'.repeat(501)] },
    { args: ['--hold'] },
    { args: ['--keep-going'] },
  ])('$args is refused', ({ args }) => {
    expect(() => parse('stage', args)).toThrow();
  });

  test.each([
    { variable: 'BOUND_IMAGES_WAIT', value: '2m', options: { wait: 120_000 } },
    { variable: 'BOUND_IMAGES_STATE_DIR', value: '/srv/state', options: { stateDir: '/srv/state' } },
    { variable: 'BOUND_IMAGES_DIR', value: '/a,/b /c', options: { dir: ['/a', '/b', '/c'] } },
    { variable: 'BOUND_IMAGES_LIMIT_RATE', value: '500K', options: { limitRate: 512_000 } },
    { variable: 'BOUND_IMAGES_DIRECT', value: 'yes', options: { direct: true } },
    { variable: 'BOUND_IMAGES_KEEP_PARTS', value: '30', options: { keepParts: 30 } },
    { variable: 'BOUND_IMAGES_ROOT', value: '/new', options: { root: '/new' } },
  ])('come from $variable, too', ({ variable, value, options }) => {
    vi.stubEnv(variable, value);
    expect(parse('stage', []).options).toMatchObject(options);
  });
});

test.each([
  { name: 'gate', args: ['--hold', '--timeout', '20s'], options: { hold: true, timeout: 20_000 } },
  { name: 'gate', args: [], options: { hold: false } },
  { name: 'status', args: ['--state-dir', '/srv/state'], options: { stateDir: '/srv/state' } },
  { name: 'prune', args: ['--dry-run', '--wait', '1m'], options: { dryRun: true, wait: 60_000 } },
  { name: 'prune', args: [], options: { dryRun: false, keepParts: 7 } },
  { name: 'prune', args: ['--keep-parts', '0'], options: { keepParts: 0 } },
  { name: 'pull', args: ['--wait', '1m'], options: { wait: 60_000, root: '/' } },
  { name: 'prefetch', args: ['--os-image', 'a/b:1'], options: { osImage: 'a/b:1', keepFor: 14 } },
  { name: 'prefetch', args: ['--os-image', 'a', '--keep-for', '0'], options: { keepFor: 0 } },
  {
    name: 'extract',
    args: ['a/b:1', '--path', '/x', '-o', '-', '--max-size', '1M', '--platform', 'linux/arm64'],
    options: {
      path: '/x',
      output: '-',
      maxSize: 1024 * 1024,
      platform: { os: 'linux', architecture: 'arm64' },
    },
  },
])('$name takes $args', ({ name, args, options }) => {
  expect(parse(name, args).options).toMatchObject(options);
});

describe('every command', () => {
  const common = ['--current-root', '--dir', '--format', '--quiet', '--verbose'];
  const oneStore = ['--storage-root', '--storage-runroot', '--podman'];
  const store = ['--store', ...oneStore];
  const plan = [...store, '--concurrency', '--pull-policy', '--min-free', '--verify', '--timeout'];
  const pull = [
    ...plan,
    '--retries',
    '--stall-timeout',
    '--layer-concurrency',
    '--limit-rate',
    '--direct',
    '--keep-parts',
    '--nice',
    '--progress',
    '--progress-fd',
    '--state-dir',
    '--wait',
  ];

  // In the environment they would be said of every deployment.
  const ofOneDeployment = ['--accept-missing', '--reason'];
  // There, of every file.
  const ofOneFile = ['--path', '--title', '--media-type', '--output'];
  const image = [
    '--current-root',
    '--format',
    '--quiet',
    '--verbose',
    '--platform',
    '--timeout',
    ...oneStore,
  ];

  const rows: readonly { readonly name: string; readonly flags: readonly string[]; readonly own?: true }[] = [
    { name: 'list', flags: ['--root'] },
    {
      name: 'check',
      flags: [
        ...[
          '--config',
          '--dry-run',
          '--fix',
          '--image',
          '--lock',
          '--online',
          '--platform',
          '--podman',
          '--root',
          '--rule',
        ],
        ...['--storage-root', '--storage-runroot', '--strict', '--timeout', '--unbound', '--update'],
      ],
    },
    { name: 'init', flags: ['--root', '--yes'] },
    { name: 'explain', flags: ['--format'], own: true },
    { name: 'plan', flags: ['--root', '--offline', ...plan] },
    { name: 'pull', flags: ['--root', '--keep-going', ...pull] },
    { name: 'prefetch', flags: ['--os-image', '--keep-for', '--keep-going', ...pull] },
    {
      name: 'extract',
      flags: [...image, '--max-size', '--retries', '--stall-timeout', '--limit-rate', ...ofOneFile],
      own: true,
    },
    { name: 'inspect', flags: image, own: true },
    {
      name: 'mount',
      flags: ['--root', '--current-root', '--dir', '--quiet', '--verbose', ...oneStore, '--state-dir'],
      own: true,
    },
    { name: 'stage', flags: ['--root', ...pull, ...ofOneDeployment] },
    { name: 'gate', flags: ['--root', '--hold', '--verify', '--state-dir', '--timeout', ...store] },
    { name: 'status', flags: ['--state-dir', ...store] },
    { name: 'prune', flags: ['--dry-run', '--keep-parts', '--state-dir', '--wait', '--timeout', ...store] },
    { name: 'link-payloads', flags: ['--format', '--quiet', '--verbose', '--state-dir'], own: true },
    {
      name: 'doctor',
      flags: ['--format', '--quiet', '--verbose', '--min-free', '--state-dir', ...store],
      own: true,
    },
    { name: 'licenses', flags: ['--format'], own: true },
  ];

  test('is in this table', () => {
    const names = program(() => undefined).commands.map((command) => command.name());
    expect(names).toEqual(rows.map(({ name }) => name));
  });

  test.each(rows)('$name has these options, each also from the environment', ({ name, flags, own }) => {
    const command = commandNamed(
      program(() => undefined),
      name,
    );
    const found = command.options.map(({ long, envVar }) => [long, envVar]);
    const variableOf = (flag: string) => `BOUND_IMAGES_${flag.slice(2).toUpperCase().replaceAll('-', '_')}`;
    const wanted = [...(own ? [] : common), ...flags].map((flag) => [
      flag,
      [...ofOneDeployment, ...ofOneFile].includes(flag) ? undefined : variableOf(flag),
    ]);
    expect(found.sort()).toEqual(wanted.sort());
  });

  test.each(rows)('$name says in its help what each option does', ({ name }) => {
    const command = commandNamed(withHelp(program(() => undefined)), name);
    const help = command.helpInformation();
    expect(command.description()).not.toBe('');
    for (const { long, description } of command.options) {
      expect(description).not.toBe('');
      expect(help).toContain(long);
    }
  });

  test('prune and status take no root: they are about every deployment', () => {
    for (const name of ['prune', 'status']) {
      expect(() => parse(name, ['--root', '/x'])).toThrow("unknown option '--root'");
    }
  });
});

describe('what check reads', () => {
  /** The options that the command gets, or the message of what is wrong with them. */
  async function checked(...args: readonly string[]) {
    const run = vi.spyOn(await import('../../src/cli/commands/check.js'), 'check').mockResolvedValue(0);
    const root = program(() => undefined);
    const error = await root.parseAsync(['check', ...args], { from: 'user' }).then(
      () => undefined,
      ({ message }: Error) => message,
    );
    const options = run.mock.lastCall?.[0];
    run.mockRestore();
    return error ?? options?.root;
  }

  test.each([
    { args: [], said: '/' },
    { args: ['--root', 'rootfs'], said: 'rootfs' },
    { args: ['rootfs'], said: 'rootfs' },
    { args: ['--strict', '--', '-x'], said: '-x' },
    { args: ['a', '--root', 'b'], said: 'a directory and --root were given, and one of them can be checked' },
    {
      args: ['a', '--image', 'b'],
      said: 'a directory and --image were given, and one of them can be checked',
    },
  ])('$args: $said', async ({ args, said }) => {
    expect(await checked(...args)).toBe(said);
  });

  test('is what the command line names rather than the environment', async () => {
    vi.stubEnv('BOUND_IMAGES_ROOT', '/new');
    expect(await checked('rootfs')).toBe('rootfs');
    expect(await checked()).toBe('/new');
  });
});

import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newBoundHost, outputOf } from './support/bound-host.js';
import { runChecked } from './support/checked-cli.js';
import { cliCommand } from './support/cli.js';
import { dropIn, quadlet } from './support/entries.js';
import { exec } from './support/exec.js';
import { makeRoots, type Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let source: ImageSource;
let app: SourceImage;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
});
beforeEach(() => source.proxy.forget());

const commands = [{ command: 'list' }, { command: 'check' }, { command: 'pull' }];

describe.each(commands)('a wrong root of $command', ({ command }) => {
  test.each<{ name: string; option: string; path: string; says: string }>([
    { name: 'that is missing', option: '--root', path: 'nowhere', says: 'does not exist' },
    { name: 'that is a file', option: '--root', path: 'file', says: 'is not a directory' },
    { name: 'below a file', option: '--root', path: 'file/root', says: 'is not a directory' },
    { name: 'that is a link to itself', option: '--root', path: 'loop', says: 'cannot be read' },
    { name: 'that is missing', option: '--current-root', path: 'nowhere', says: 'does not exist' },
  ])('is wrong usage: $option $name', async ({ option, path, says }) => {
    const trees = { newRoot: { file: '', loop: { link: 'loop' } } };
    const { newRoot, currentRoot } = await perTest.use(makeRoots(trees));
    const bad = join(newRoot, path);
    const result = await runChecked([command, '--root', newRoot, '--current-root', currentRoot, option, bad]);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    for (const text of [option, bad, says]) expect(result.stderr).toContain(text);
  });
});

test.each([
  { args: ['frobnicate'], says: 'frobnicate' },
  { args: ['pull', '--frobnicate'], says: '--frobnicate' },
  { args: ['pull', 'surplus'], says: 'arguments' },
  { args: ['pull', '--root'], says: '--root' },
  { args: ['list', '--format', 'yaml'], says: 'yaml' },
  { args: ['pull', '--concurrency', '0'], says: '--concurrency' },
  { args: ['pull', '--concurrency', 'many'], says: '--concurrency' },
  { args: ['pull', '--retries', '-1'], says: '--retries' },
  { args: ['pull', '--retries', '1.5'], says: '--retries' },
  { args: ['pull', '--retries', ''], says: '--retries' },
  { args: ['pull', '--timeout', 'soon'], says: '--timeout' },
  { args: ['pull', '--timeout', '0'], says: '--timeout' },
  { args: ['pull', '--timeout', '999h'], says: '--timeout' },
  { args: ['pull', '--pull-policy', 'sometimes'], says: 'sometimes' },
])('wrong usage ends with status 2, before anything is read: $args', async ({ args, says }) => {
  const result = await runChecked(args);
  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(result.stderr).toContain(says);
});

test('a wrong value in the environment is wrong usage', async () => {
  const result = await runChecked(['pull'], { env: { BOUND_IMAGES_CONCURRENCY: 'many' } });
  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(result.stderr).toContain('BOUND_IMAGES_CONCURRENCY');
});

const entry = 'usr/lib/bound-images.d/bad.toml';

const invalid: readonly { name: string; tree: Tree; rule: string; line: number | null }[] = [
  { name: 'broken TOML', tree: { [entry]: 'images = [\n"a' }, rule: 'toml-syntax', line: 2 },
  { name: 'an unknown key', tree: { [entry]: '\nimage-list = []\n' }, rule: 'toml-unknown-key', line: 2 },
  { name: 'a wrong type', tree: { [entry]: 'images = "a"\n' }, rule: 'toml-wrong-type', line: 1 },
  {
    name: 'a quadlet without an image',
    tree: quadlet('bad.image', 'TLSVerify=false'),
    rule: 'image-missing',
    line: 1,
  },
  {
    name: 'a unit that quadlet cannot read',
    tree: quadlet('bad.container', 'Image=example.com/app:1', 'nonsense'),
    rule: 'unit-syntax',
    line: 3,
  },
  {
    name: 'a specifier',
    tree: quadlet('bad.container', 'Image=example.com/app:%m'),
    rule: 'specifier',
    line: 2,
  },
  {
    name: 'a link out of the root',
    tree: { [entry]: { link: '../../../../../../../../../../etc/passwd' } },
    rule: 'entry-unreadable',
    line: null,
  },
  {
    name: 'a name without a known extension',
    tree: { 'usr/lib/bound-images.d/bad': '' },
    rule: 'entry-type',
    line: null,
  },
];

describe('an invalid entry', () => {
  test.each(invalid)('ends with status 3 and pulls nothing: $name', async ({ tree, rule, line }) => {
    const host = await newBoundHost(perTest, { newRoot: { ...dropIn('app', [app.tagged]), ...tree } });
    const { exitCode, report, stderr } = await host.pull();
    expect(report).toMatchObject({ images: [], diagnostics: [{ rule, severity: 'error', line }] });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('--keep-going');
    expect(source.proxy.requests()).toEqual([]);
    expect(await host.stored()).toEqual([]);
    const check = await host.run('check');
    expect(check.exitCode).toBe(3);
    expect(check.stdout).toContain(`[${rule}]`);
  });

  test('leaves the others to --keep-going, and the status is 3 all the same', async () => {
    const trees = invalid.map(({ tree }) => tree);
    const newRoot = Object.assign(dropIn('app', [app.tagged]), ...trees);
    const host = await newBoundHost(perTest, { newRoot });
    const { exitCode, report } = await host.pull('--keep-going');
    expect(report?.images).toMatchObject([{ reference: app.tagged, state: 'pulled' }]);
    expect(exitCode).toBe(3);
    expect(await host.stored()).toEqual([app.tagged]);
  });
});

describe('a reference that is none', () => {
  /** With what may be in a terminal's escape sequences and in a log's lines. */
  const unprintable = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

  test.each<{ name: string; text: (dir: string) => string }>([
    { name: 'an option', text: () => '--tls-verify=false' },
    { name: 'a dash', text: () => '-x' },
    { name: 'blanks', text: () => 'example.com/my app:1' },
    { name: 'a command', text: (dir) => `$(touch ${dir}/pwned)` },
    { name: 'a command in backquotes', text: (dir) => `\`touch ${dir}/pwned\`` },
    { name: 'a second command', text: (dir) => `example.com/app; touch ${dir}/pwned` },
    { name: 'escape sequences', text: () => 'example.com/\u001b[31mapp\u0007:1' },
    { name: 'a line feed', text: () => 'example.com/app\nerror: all is lost' },
    { name: 'C1 and bidirectional controls', text: () => 'example.com/\u009b31m\u202eapp' },
    { name: 'NUL', text: () => 'example.com/app\u0000:1' },
  ])('reaches no program and no terminal: $name', async ({ text }) => {
    const dir = await tempDir(perTest);
    const reference = text(dir);
    const newRoot = { ...dropIn('app', [app.tagged]), ...dropIn('bad', [reference]) };
    const host = await newBoundHost(perTest, { newRoot });
    const pulled = await host.pull();
    expect(pulled.report?.diagnostics).toMatchObject([{ rule: 'reference-invalid', severity: 'error' }]);
    expect(pulled.exitCode).toBe(3);
    expect(source.proxy.requests()).toEqual([]);
    const human = await host.pull('--format', 'human', '--keep-going');
    expect(human.exitCode).toBe(3);
    for (const result of [pulled, human, await host.run('check')]) {
      expect(outputOf(result)).not.toMatch(unprintable);
    }
    expect(await host.stored()).toEqual([app.tagged]);
    expect(existsSync(join(dir, 'pwned'))).toBe(false);
  });

  test('reaches no program and no terminal from a unit either', async () => {
    const dir = await tempDir(perTest);
    const newRoot = {
      ...quadlet('a.image', `Image=$(touch ${dir}/pwned)`),
      ...quadlet('b.container', `Image=\`touch ${dir}/pwned\``),
      ...quadlet('c.image', 'Image=example.com/\u001b[31mapp'),
      ...quadlet('d.image', 'Image=--tls-verify=false'),
    };
    const host = await newBoundHost(perTest, { newRoot });
    for (const format of ['json', 'human']) {
      const result = await host.pull('--format', format, '--keep-going');
      expect(result.exitCode).toBe(3);
      expect(outputOf(result)).not.toMatch(unprintable);
    }
    expect(await host.stored()).toEqual([]);
    expect(existsSync(join(dir, 'pwned'))).toBe(false);
  });
});

test('names with control characters and bytes that are not UTF-8 are shown escaped', async () => {
  const host = await newBoundHost(perTest, {
    newRoot: { 'usr/lib/bound-images.d/\u001b[31m.toml': 'images = 1\n' },
  });
  const name = Buffer.concat([Buffer.from(`${host.newRoot}/usr/lib/bound-images.d/`), Buffer.from([0xff])]);
  await writeFile(name, '');
  perTest.add(() => rm(name));
  for (const command of ['list', 'check'] as const) {
    for (const format of ['human', 'json']) {
      const result = await host.run(command, '--format', format);
      expect(outputOf(result)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      expect(outputOf(result)).toContain('xff');
    }
  }
});

test('a root that binds nothing is complete', async () => {
  const host = await newBoundHost(perTest, { newRoot: {} });
  const commands = [host.run('list'), host.run('plan'), host.startPull('--format', 'human').finished];
  for (const run of commands) {
    const { exitCode, stdout, stderr } = await run;
    expect(stdout).toMatch(`0 bound images in ${host.newRoot}`);
    expect(stderr).toContain('has no bound-images directory, so it binds nothing [nothing-bound]');
    expect(exitCode).toBe(0);
  }
  const { exitCode, report } = await host.pull();
  expect(report).toMatchObject({ images: [], diagnostics: [{ rule: 'nothing-bound', severity: 'warning' }] });
  expect(exitCode).toBe(0);
});

test('a root without a bound-images directory may be the wrong one, which check says in every format', async () => {
  const host = await newBoundHost(perTest, { newRoot: {} });
  for (const format of ['human', 'json', 'sarif', 'github']) {
    const { exitCode, stdout } = await host.run('check', '--format', format);
    expect(stdout).toContain('nothing-bound');
    expect(exitCode).toBe(3);
  }
  expect(await host.run('check', '--rule', 'nothing-bound=off')).toMatchObject({ exitCode: 0 });
  await mkdir(join(host.newRoot, 'usr/lib/bound-images.d'), { recursive: true });
  expect(await host.run('check', '--strict')).toMatchObject({
    exitCode: 0,
    stdout: `0 bound images in ${host.newRoot}, 0 errors, 0 warnings\n`,
  });
});

describe('a result that cannot be written', () => {
  /** Runs the program in a shell that sends its output on. */
  async function run(redirection: string, ...args: readonly string[]) {
    const script = `set -o pipefail; "$0" "$@" ${redirection}`;
    return exec('bash', ['-c', script, ...cliCommand, ...args]);
  }
  const good = ['--root', 'contrib/examples/good/rootfs', '--current-root', 'contrib/examples/good/rootfs'];
  const mistakes = [
    '--root',
    'contrib/examples/mistakes/rootfs',
    '--current-root',
    'contrib/examples/good/rootfs',
  ];
  const says = 'error: the result cannot be written: no space left on device (ENOSPC)\n';

  test.each([['list'], ['check'], ['check', '--format', 'json'], ['check', '--format', 'sarif']])(
    'is said, and may be there later: %s',
    async (...args) => {
      expect(await run('> /dev/full', ...args, ...good)).toMatchObject({ exitCode: 75, stderr: says });
    },
  );

  test('is said, while what is wrong with the configuration decides', async () => {
    expect(await run('> /dev/full', 'check', ...mistakes)).toMatchObject({ exitCode: 3, stderr: says });
  });

  test('makes no fuss where nobody can read it', async () => {
    expect(await run('| true', 'check', '--format', 'json', ...mistakes)).toMatchObject({
      exitCode: 3,
      stderr: '',
    });
  });
});

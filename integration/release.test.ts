import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeOciLayout } from '../contrib/package/oci-layout.js';
import { standInExecutable, testedTree } from './package/support/stand-in.js';
import { type ExecOptions, exec, execOk, start } from './support/exec.js';
import { startRegistry } from './support/registry.js';
import { newCleanup, tempDir } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

/** A clone of this commit, in which something was noted that users see: what a release is made of. */
let repository: string;
/** Where the release has all that is temporary. */
let temporary: string;
/** Nothing of the git of this machine: who commits, and with which key tags are signed. */
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  [repository, temporary] = [join(await tempDir(cleanup), 'clone'), await tempDir(cleanup)];
  const home = await tempDir(cleanup);
  const gnupg = join(home, 'gnupg');
  await mkdir(gnupg, { mode: 0o700 });
  env = {
    GIT_CONFIG_GLOBAL: join(home, 'config'),
    GIT_CONFIG_NOSYSTEM: '1',
    GNUPGHOME: gnupg,
    TMPDIR: temporary,
  };
  const settings = ['[user]', 'name = Releaser', 'email = releaser@example.com', '[safe]', 'directory = *'];
  await writeFile(join(home, 'config'), settings.join('\n'));
  cleanup.add(async () => void (await exec('gpgconf', ['--kill', 'all'], { env })));
  const key = ['--quick-generate-key', 'releaser@example.com', 'ed25519', 'sign', 'never'];
  await execOk('gpg', ['--batch', '--passphrase', '', ...key], { env });

  await clone(resolve('.'), repository);
  await git('switch', '--quiet', '-C', 'main');
  await note('- A line for users.\n');
});

async function clone(from: string, to: string): Promise<void> {
  await execOk('git', ['clone', '--quiet', from, to], { env });
  await symlink(resolve('node_modules'), join(to, 'node_modules'));
  await writeFile(join(to, '.git/info/exclude'), 'node_modules\n');
}

const git = async (...args: readonly string[]) =>
  (await execOk('git', ['-C', repository, ...args], { env })).trimEnd();

/** Commits a changelog that has only that text below Unreleased. */
async function note(text: string): Promise<void> {
  const changelog = '# Changelog\n\n## Unreleased\n\n';
  await writeFile(
    join(repository, 'CHANGELOG.md'),
    `${changelog}${text}\n## 0.0.1 – 2020-01-01\n\n- The first.\n`,
  );
  await git('commit', '--quiet', '--all', '--message', 'CHANGELOG: what users see');
}

const command = 'contrib/release/release.ts';
const release = (args: readonly string[], options: ExecOptions = {}) =>
  exec(join(repository, 'integration/run-ts'), [command, ...args], { env, ...options });

/** All that a release may change. */
const state = async () => [await git('for-each-ref'), await git('status', '--porcelain', '--branch')];

describe('a release that may not be is refused', () => {
  const nothing = async () => undefined;
  test.each([
    {
      name: 'where files are changed',
      args: ['99.0.0'],
      prepare: () => writeFile(join(repository, 'new-file'), ''),
      said: 'the work tree has changes that are in no commit: commit or stash them\n  ?? new-file',
      undo: () => git('clean', '--quiet', '--force'),
    },
    {
      name: 'of another branch',
      args: ['99.0.0'],
      prepare: () => git('switch', '--quiet', '--create', 'other'),
      said: 'a release is made on main, and the branch is other: git switch main',
      undo: () => git('switch', '--quiet', 'main'),
    },
    {
      name: 'of no branch',
      args: ['99.0.0'],
      prepare: () => git('switch', '--quiet', '--detach'),
      said: 'a release is made on main, and no branch is checked out: git switch main',
      undo: () => git('switch', '--quiet', 'main'),
    },
    {
      name: 'of an earlier version',
      args: ['0.0.1'],
      prepare: nothing,
      said: '0.0.1 is not greater than',
      undo: nothing,
    },
    {
      name: 'whose tag is there',
      args: ['99.0.0'],
      prepare: () => git('tag', 'v99.0.0'),
      said: 'the tag v99.0.0 is there already',
      undo: () => git('tag', '--delete', 'v99.0.0'),
    },
    {
      name: 'with nothing that users see',
      args: ['99.0.0'],
      prepare: () => note('### Added\n'),
      said: 'CHANGELOG.md has nothing below “## Unreleased”',
      undo: () => git('reset', '--quiet', '--hard', 'HEAD~1'),
    },
  ])('$name', async ({ args, prepare, said, undo }) => {
    await prepare();
    try {
      const before = await state();
      const { exitCode, stdout, stderr } = await release([...args, '--go']);
      expect(stderr).toContain(`release: ${said}`);
      expect(stderr).not.toContain('    at ');
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(await state()).toEqual(before);
    } finally {
      await undo();
    }
    expect(await readdir(temporary)).toEqual([]);
  });

  test('with a word that is no option, by its usage', async () => {
    const { exitCode, stderr } = await release(['minor', '--dry-run']);
    expect(stderr).toMatch(/^release: --dry-run is no option\n\nUsage: npm run release/);
    expect(exitCode).toBe(2);
  });
});

test('without --go it shows what would be published, and changes nothing', async () => {
  const before = await state();
  // All forms together take minutes: npm run test:package.
  const { exitCode, stdout, stderr } = await release(['99.0.0', '--forms', 'installer']);
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toMatch(/\n\n +\d+ B {2}SHA256SUMS\n +[\d.]+ kB {2}install\.sh\n\n/);
  expect(stdout).toContain('\n\n- A line for users.\n\n');
  expect(stdout).toContain('npm run release -- 99.0.0 --go');
  expect(await state()).toEqual(before);
  expect(await readdir(temporary)).toEqual([]);
});

test('an interruption leaves nothing behind', async () => {
  const before = await state();
  const running = start(
    join(repository, 'integration/run-ts'),
    [command, 'major', '--go', '--forms', 'npm'],
    {
      env,
      // As a terminal does, which interrupts all that runs in front.
      detached: true,
    },
  );
  await waitUntil('the forms are made', () => running.stderr().includes('what is made of it'));
  process.kill(-(running.pid ?? 0), 'SIGINT');
  const { exitCode, stderr } = await running.finished;
  expect(stderr).toMatch(/release: interrupted\n$/);
  expect(exitCode).toBe(130);
  expect(await state()).toEqual(before);
  expect(await readdir(temporary)).toEqual([]);
});

describe('with --go', () => {
  let base: string;
  let said: string;
  beforeAll(async () => {
    base = await git('rev-parse', 'HEAD');
    // Of the repository alone: a clone does not have them by itself.
    await git('config', 'tag.gpgSign', 'true');
    await git('config', 'user.signingKey', 'releaser@example.com');
    const { exitCode, stdout, stderr } = await release(['99.0.0', '--forms', 'installer', '--go']);
    expect(exitCode, stderr).toBe(0);
    said = stdout;
  });

  test('main is one commit further, with the version and a closed section of the changelog', async () => {
    expect(await git('status', '--porcelain', '--branch')).toMatch(/^## main\S* ?.*$/);
    expect(await git('rev-list', '--format=%s', `${base}..main`)).toMatch(/^commit \w+\nrelease: 99\.0\.0$/);
    expect((await git('diff', '--name-only', base, 'main')).split('\n')).toEqual([
      'CHANGELOG.md',
      'contrib/docs/ci.md',
      'contrib/examples/good/Containerfile',
      'contrib/examples/mistakes/Containerfile',
      'contrib/gitlab/check.yml',
      'package-lock.json',
      'package.json',
    ]);
    expect(await git('diff', '--shortstat', base, 'main', '--', 'package.json')).toContain(
      '1 insertion(+), 1 deletion(-)',
    );
    const read = async (file: string) => JSON.parse(await readFile(join(repository, file), 'utf8'));
    expect(await read('package.json')).toMatchObject({ version: '99.0.0' });
    expect(await read('package-lock.json')).toMatchObject({
      version: '99.0.0',
      packages: { '': { version: '99.0.0' } },
    });
    expect(await readFile(join(repository, 'CHANGELOG.md'), 'utf8')).toMatch(
      /\n## Unreleased\n\n## 99\.0\.0 – \d{4}-\d\d-\d\d\n\n- A line for users\.\n\n## 0\.0\.1 – /,
    );
  });

  test('the commit has an annotated tag, signed where the repository signs its tags', async () => {
    expect(await git('rev-parse', 'v99.0.0^{commit}')).toBe(await git('rev-parse', 'main'));
    const tag = await git('cat-file', 'tag', 'v99.0.0');
    expect(tag).toContain('\n\nbound-images 99.0.0\n-----BEGIN PGP SIGNATURE-----\n');
    expect(tag).toContain('\ntagger Releaser <releaser@example.com> ');
  });

  test('nothing is pushed, and what publishes it is said', async () => {
    expect(said).toContain('\n  git push --atomic origin main v99.0.0\n');
    expect(await execOk('git', ['tag', '--list', 'v99.0.0'], { env })).toBe('');
    expect(await readdir(temporary)).toEqual([]);
  });

  test('the workflow finds that the tag is the version and on main, and has its notes', async () => {
    const hosted = join(await tempDir(cleanup), 'hosted');
    await clone(repository, hosted);
    const at = (...args: readonly string[]) => execOk('git', ['-C', hosted, ...args], { env });
    const prove = (tag: string) =>
      exec(join(hosted, 'integration/run-ts'), ['contrib/release/prove-tag.ts', tag], { env });
    await at('switch', '--quiet', '--detach', 'v99.0.0');
    expect(await prove('v99.0.0')).toMatchObject({
      exitCode: 0,
      stdout: '- A line for users.\n',
      stderr: '',
    });
    expect(await prove('v98.0.0')).toMatchObject({
      exitCode: 1,
      stderr: 'prove-tag: the tag is v98.0.0, and package.json has the version 99.0.0\n',
    });
    await at('commit', '--quiet', '--allow-empty', '--message', 'aside');
    expect((await prove('v99.0.0')).stderr).toMatch(
      /^prove-tag: v99\.0\.0 is the commit \w+, and \w+ is checked out\n$/,
    );
    await at('tag', '--force', 'v99.0.0');
    expect(await prove('v99.0.0')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/the commit of v99\.0\.0, \w+, is not on main of origin\n$/),
    });
  });
});

describe('push-image', () => {
  const script = resolve('contrib/release/push-image');

  test('copies the images of all platforms, and prints the digest that the registry has them by', async () => {
    const registry = await cleanup.use(startRegistry());
    const tree = testedTree(await standInExecutable(cleanup), '1.2.3');
    const layout = await makeOciLayout({ x64: tree, arm64: tree }, await tempDir(cleanup));
    const repositoryName = `${registry.host}/team/program`;
    const printed = await execOk(script, [layout, '1.2.3', repositoryName, '--dest-tls-verify=false']);
    const { manifests } = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'));
    expect(printed).toBe(`digest=${manifests[0].digest}\n`);
    const raw = ['inspect', '--raw', '--tls-verify=false', `docker://${repositoryName}:1.2.3`];
    const index = JSON.parse(await execOk('skopeo', raw));
    expect(index.manifests).toHaveLength(2);
  });

  test('fails with a layout of another version, and prints no digest', async () => {
    const { exitCode, stdout } = await exec(script, [await tempDir(cleanup), '1.2.3', '127.0.0.1:1/x']);
    expect(exitCode).toBeGreaterThan(0);
    expect(stdout).toBe('');
  });

  test('has nothing that shellcheck complains about', async () => {
    expect(await exec('shellcheck', [script])).toMatchObject({ exitCode: 0, stdout: '' });
  });
});

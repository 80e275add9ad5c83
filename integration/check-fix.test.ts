import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost } from './support/bound-host.js';
import { startChecked } from './support/checked-cli.js';
import { cliCommand, runCli } from './support/cli.js';
import { quadlet } from './support/entries.js';
import { exec, execOk } from './support/exec.js';
import { freePort } from './support/free-port.js';
import { authJson, type Tree, writeTree } from './support/host.js';
import { type ImageSource, newImageSource } from './support/image-source.js';
import type { BuiltIndex } from './support/images.js';
import { killTree } from './support/kill-tree.js';
import { unmountBelow } from './support/mounts.js';
import { pushImage } from './support/push-image.js';
import { newCleanup } from './support/temp.js';
import { serveSilence } from './support/unhelpful-servers.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const units = 'usr/share/containers/systemd';
const dropInFile = 'usr/lib/bound-images.d/apps.toml';
const creds = 'shop:secret';
let source: ImageSource;
let index: BuiltIndex;
let single: string;

beforeAll(async () => {
  source = await newImageSource(cleanup, { auth: { kind: 'htpasswd', users: { shop: 'secret' } }, creds });
  const layers = (seed: string) => ({ layers: [{ seed, sizeBytes: 1000 }] });
  index = await source.layout.addIndex([
    { ...layers('arm64'), platform: { architecture: 'arm64', os: 'linux' } },
    { ...layers('s390x'), platform: { architecture: 's390x', os: 'linux' } },
  ]);
  await pushImage(source.registry.host, 'shop/index:1', source.layout, index, { creds });
  single = (await source.push('shop/single:1')).digest;
});
beforeEach(() => source.proxy.forget());

const named = (rest: string) => `${source.proxy.host}/shop/${rest}`;

/** An entry of each kind, with the credentials that only the new root has. */
function tree(indexName: string, singleName: string, imageLines = [`Image=${indexName}  `]): Tree {
  return {
    ...quadlet('app.image', '# for the shop', ...imageLines, 'TLSVerify=false', 'Policy=missing'),
    [`${units}/app.container`]: `[Container]\r\nImage="${indexName}"\r\n`,
    [dropInFile]: `[[image]] # one\nreference = '${singleName}'\ntls-verify = false\n`,
    'etc/ostree/auth.json': { text: authJson({ [source.proxy.host]: creds }), mode: 0o600 },
  };
}

const floating = () => tree(named('index:1'), named('single:1'));
/** bootc reads the image unit, too, where a tag has no place but in a comment. */
const bootcLines = (digest: string) => [
  `# renovate: datasource=docker depName=${named('index')} currentValue=1`,
  `Image=${named(`index@${digest}`)}  `,
];
const pinnedTo = (indexDigest: string, singleName: string) =>
  tree(named(`index:1@${indexDigest}`), singleName, bootcLines(indexDigest));
const pinned = () => pinnedTo(index.digest, named(`single:1@${single}`));

const newHost = (newRoot: Tree): Promise<BoundHost> => newBoundHost(perTest, { newRoot });

/** The configuration of a tree as it is in a directory. */
async function filesOf(dir: string, names: Tree): Promise<Tree> {
  const files = Object.entries(names).filter(([, node]) => typeof node === 'string');
  const texts = files.map(async ([name]) => [name, await readFile(join(dir, name), 'utf8')]);
  return Object.fromEntries(await Promise.all(texts));
}

const textsOf = (names: Tree) =>
  Object.fromEntries(Object.entries(names).filter(([, node]) => typeof node === 'string'));

describe('check --fix', () => {
  test('pins each image to what its registry has now, for all platforms, with the credentials of the next boot', async () => {
    const host = await newHost(floating());
    const { exitCode, stdout } = await host.run('check', '--fix', '--format', 'json');
    expect(await filesOf(host.newRoot, floating())).toEqual(textsOf(pinned()));
    const report = JSON.parse(stdout);
    const index1 = { from: named('index:1'), to: named(`index:1@${index.digest}`) };
    const index1ForBootc = { ...index1, to: named(`index@${index.digest}`) };
    const single1 = { from: named('single:1'), to: named(`single:1@${single}`) };
    expect(report.fixes).toMatchObject([
      { file: `/${units}/app.image`, line: 3, column: 7, ...index1ForBootc },
      { file: `/${units}/app.container`, line: 2, column: 8, ...index1 },
      { file: `/${dropInFile}`, line: 2, column: 13, ...single1 },
    ]);
    expect(report.diagnostics.map(({ rule }: { rule: string }) => rule)).not.toContain('reference-floating');
    expect(exitCode).toBe(0);
    expect(await host.leftovers()).toEqual([]);
  });

  test('changes nothing, and asks no registry, where all is fixed', async () => {
    const host = await newHost(pinned());
    const { ino } = await stat(join(host.newRoot, dropInFile));
    const { exitCode, stdout } = await host.run('check', '--fix');
    expect(stdout).toMatch(/^0 references fixed\n/);
    expect(exitCode).toBe(0);
    expect((await stat(join(host.newRoot, dropInFile))).ino).toBe(ino);
    expect(source.proxy.requests()).toEqual([]);
  });

  test('fixes the rest where a registry cannot be asked, says so, and exits with 75', async () => {
    const gone = `127.0.0.1:${await freePort()}/shop/gone:1`;
    const silent = `127.0.0.1:${await serveSilence(perTest)}/shop/silent:1`;
    const others = (name: string) =>
      ({ 'usr/lib/bound-images.d/others.toml': `images = ["${gone}", "${silent}", "${name}"]\n` }) as const;
    const host = await newHost({ ...floating(), ...others('docker.io/nginx@sha256:'.padEnd(87, 'a')) });
    const { exitCode, stdout } = await host.run('check', '--fix', '--format', 'json', '--timeout', '8');
    expect(await filesOf(host.newRoot, { ...floating(), ...others('') })).toEqual({
      ...textsOf(pinned()),
      ...others('docker.io/library/nginx@sha256:'.padEnd(95, 'a')),
    });
    const unavailable = JSON.parse(stdout).diagnostics.filter(
      ({ rule }: { rule: string }) => rule === 'registry-unavailable',
    );
    expect(unavailable).toMatchObject([{ line: 1, column: 11 }, { line: 1 }]);
    expect(exitCode).toBe(75);
  });

  test('leaves a tag that the registry does not have, and says so', async () => {
    const host = await newHost(tree(named('index:1'), named('absent:1')));
    const { exitCode, stdout } = await host.run('check', '--fix', '--format', 'json');
    expect(await filesOf(host.newRoot, floating())).toEqual(
      textsOf(pinnedTo(index.digest, named('absent:1'))),
    );
    expect(JSON.parse(stdout).diagnostics).toContainEqual(
      expect.objectContaining({ rule: 'image-not-in-registry', file: `/${dropInFile}`, line: 2 }),
    );
    expect(exitCode).toBe(3);
  });

  test('changes nothing when it is stopped while it asks', async () => {
    const silent = `127.0.0.1:${await serveSilence(perTest)}/shop/silent:1`;
    const root = {
      ...floating(),
      'usr/lib/bound-images.d/b.toml': `images = ["${silent}", "docker.io/b"]\n`,
    };
    const host = await newHost(root);
    const live = startChecked(['check', '--fix', '--root', host.newRoot, '--current-root', host.currentRoot]);
    await sleep(1500);
    live.kill('SIGTERM');
    expect((await live.finished).exitCode).toBe(143);
    expect(await filesOf(host.newRoot, root)).toEqual(textsOf(root));
  });

  test('says which file cannot be changed, and why, and changes no other', async () => {
    const etc = { 'etc/containers/systemd/b.container': `[Container]\nImage=${named('single:1')}\n` };
    const root = { ...floating(), ...etc };
    const host = await newHost(root);
    const usr = join(host.newRoot, 'usr');
    await execOk('mount', ['--bind', usr, usr]);
    perTest.add(() => unmountBelow(usr));
    await execOk('mount', ['-o', 'remount,bind,ro', usr]);
    const { exitCode, stderr } = await host.run('check', '--fix');
    expect(stderr).toMatch(/^error: .*\/usr\/.* cannot be changed: read-only file system \(EROFS\)\nhint: /);
    expect(exitCode).toBe(2);
    expect(await filesOf(host.newRoot, root)).toEqual(textsOf(root));
    expect(await readdir(join(host.newRoot, 'etc/containers/systemd'))).toEqual(['b.container']);
  });

  test('with --update, moves digests to what their tags mean now, and leaves those whose tags are gone', async () => {
    const old = `sha256:${'a'.repeat(64)}`;
    const gone = `[[image]]\nreference = "${named(`gone:1@${old}`)}"\ntls-verify = false\n`;
    const goneFile = 'usr/lib/bound-images.d/gone.toml';
    const root = pinnedTo(old, named(`single:1@${old}`));
    const host = await newHost({ ...root, [goneFile]: gone });
    const { exitCode, stdout } = await host.run('check', '--fix', '--update', '--format', 'json');
    expect(await filesOf(host.newRoot, { ...root, [goneFile]: gone })).toEqual({
      ...textsOf(pinned()),
      [goneFile]: gone,
    });
    expect(JSON.parse(stdout).diagnostics).toContainEqual(
      expect.objectContaining({ rule: 'reference-not-fixed', severity: 'info', file: `/${goneFile}` }),
    );
    expect(exitCode).toBe(0);
  });

  test.each([
    { args: ['--dry-run'], message: '--dry-run has no effect without --fix' },
    { args: ['--update'], message: '--update has no effect without --fix' },
    {
      args: ['--fix', '--image', 'quay.io/example/os:1'],
      message: "'--fix' cannot be used with option '--image",
    },
  ])('is not for $args', async ({ args, message }) => {
    const { exitCode, stderr } = await runCli(['check', ...args]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});

describe('check --fix --dry-run', () => {
  test('prints a diff that makes the fixed tree, and changes nothing', async () => {
    const host = await newHost(floating());
    const { exitCode, stdout, stderr } = await host.run('check', '--fix', '--dry-run');
    expect(await filesOf(host.newRoot, floating())).toEqual(textsOf(floating()));
    expect(stderr).not.toContain('reference-floating');
    expect(exitCode).toBe(0);
    await execOk('patch', ['-p1', '--force', '--fuzz=0', '-d', host.newRoot], { input: stdout });
    expect(await filesOf(host.newRoot, floating())).toEqual(textsOf(pinned()));
  });

  test('prints nothing where nothing is to be fixed', async () => {
    const host = await newHost(pinned());
    expect(await host.run('check', '--fix', '--dry-run')).toMatchObject({ exitCode: 0, stdout: '' });
  });
});

test('changes no file when another one cannot be replaced', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'bound-images-fix-'));
  perTest.add(() => rm(dir, { recursive: true }));
  const entries = join(dir, 'usr/lib/bound-images.d');
  const text = `images = ["docker.io/a@sha256:${'a'.repeat(64)}"]\n`;
  await writeTree(entries, { 'a.toml': text, 'b.toml': text });
  // In a mount namespace of its own.
  const script = 'mount --bind "$1/b.toml" "$1/b.toml" && shift && exec "$@"';
  const cli = [...cliCommand, 'check', '--fix', '--root', dir, '--current-root', dir];
  const result = await exec('unshare', ['--mount', 'sh', '-c', script, 'sh', entries, ...cli]);
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain('b.toml cannot be changed: resource busy or locked (EBUSY)');
  expect(await readFile(join(entries, 'a.toml'), 'utf8')).toBe(text);
  expect((await readdir(entries)).sort()).toEqual(['a.toml', 'b.toml']);
});

describe('a fix that is killed', () => {
  const old = `images = ["docker.io/a@sha256:${'a'.repeat(64)}"]\n${'# filler\n'.repeat(500)}`;
  const fixed = old.replace('docker.io/a', 'docker.io/library/a');

  test('leaves each file as it was or as it should be', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'bound-images-fix-'));
    perTest.add(() => rm(dir, { recursive: true }));
    const names = Array.from({ length: 400 }, (_, at) => `${at}.toml`);
    const entries = join(dir, 'usr/lib/bound-images.d');
    let interrupted = 0;
    // On a busy machine a fix can be done before it is killed.
    for (let round = 0; round < 8 || (interrupted === 0 && round < 60); round += 1) {
      await rm(join(dir, 'usr'), { recursive: true, force: true });
      await writeTree(entries, Object.fromEntries(names.map((name) => [name, old])));
      const inode = async () => (await stat(join(entries, '0.toml'))).ino;
      const first = await inode();
      const live = startChecked(['check', '--fix', '--root', dir, '--current-root', dir]);
      // Once the new files lie beside the old ones, and once the first has taken its place.
      const hasBegun =
        round % 2 === 0
          ? async () => (await readdir(entries)).length > names.length
          : async () => (await inode()) !== first;
      let hasEnded = false;
      void live.finished.then(() => {
        hasEnded = true;
      });
      while (!hasEnded && !(await hasBegun())) await sleep(1);
      await sleep((round % 8) * 3);
      await killTree(live);
      const texts = await Promise.all(names.map((name) => readFile(join(entries, name), 'utf8')));
      for (const text of texts) expect([old, fixed]).toContain(text);
      if (new Set(texts).size === 2) interrupted += 1;
    }
    expect(interrupted).toBeGreaterThan(0);
  });
});

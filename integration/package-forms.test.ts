import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDeb } from '../contrib/package/deb.js';
import { makeOciLayout } from '../contrib/package/oci-layout.js';
import { makeArchive } from '../contrib/package/system-extension.js';
import type { InstalledTree } from '../contrib/package/tree.js';
import { standInExecutable, testedTree } from './package/support/stand-in.js';
import { exec, execOk } from './support/exec.js';
import { writeTree } from './support/host.js';
import { ownUnits } from './support/systemd-units.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

let tree: InstalledTree;
beforeAll(async () => {
  tree = testedTree(await standInExecutable(cleanup), '1.2.3');
});

/** Some of what each form has to have, and of which kind. */
const installed = [
  ['usr/bin/bound-images', 0o755],
  ['usr/lib/systemd/system/bound-images-gate.service', 0o644],
  ['usr/lib/systemd/system/rpm-ostreed-automatic.service.d/50-bound-images.conf', 0o644],
  ['usr/lib/systemd/system-preset/80-bound-images.preset', 0o644],
  ['usr/share/bash-completion/completions/bound-images', 0o644],
  ['usr/share/doc/bound-images/rules/image-unbound.md', 0o644],
  ['usr/share/fish/vendor_completions.d/bound-images.fish', 0o644],
  ['usr/share/licenses/bound-images/LICENSE', 0o644],
  ['usr/share/man/man1/bound-images.1.gz', 0o644],
  ['usr/share/zsh/site-functions/_bound-images', 0o644],
] as const;

describe('what is installed', () => {
  test('has the program, its units and their preset, pages, completions, documents and licences', () => {
    const modes = tree.files.map(({ path, mode }) => [path, mode]);
    expect(modes).toEqual(expect.arrayContaining(installed.map((row) => [...row])));
    expect(modes.filter(([, mode]) => mode === 0o755)).toEqual([['usr/bin/bound-images', 0o755]]);
  });

  test('has a page wherever a unit names one', async () => {
    const pages = new Set(tree.files.map(({ path }) => path));
    const named = Object.values(await ownUnits()).flatMap((text) => [
      ...text.matchAll(/^Documentation=man:(.+)\((\d)\)$/gm),
    ]);
    expect(named.length).toBeGreaterThan(4);
    const missing = named.filter(
      ([, name, section]) => !pages.has(`usr/share/man/man${section}/${name}.${section}.gz`),
    );
    expect(missing).toEqual([]);
  });

  test('is below /usr alone, in the order of its paths, and of one time', () => {
    const paths = tree.files.map(({ path }) => path);
    expect(paths.filter((path) => !path.startsWith('usr/'))).toEqual([]);
    expect(paths).toEqual(paths.toSorted());
    expect(tree.modified).toBeGreaterThan(1_700_000_000);
  });
});

describe('an OCI layout', () => {
  let layout: string;
  beforeAll(async () => {
    layout = await makeOciLayout({ x64: tree, arm64: tree }, await tempDir(cleanup));
  });
  const blob = (digest: string) => join(layout, 'blobs', digest.replace(':', '/'));
  const json = async (file: string) => JSON.parse(await readFile(file, 'utf8'));

  test('has an image for each platform, as an index of the version', async () => {
    const { manifests } = await json(join(layout, 'index.json'));
    expect(manifests).toEqual([
      expect.objectContaining({ annotations: { 'org.opencontainers.image.ref.name': '1.2.3' } }),
    ]);
    const index = await json(blob(manifests[0].digest));
    expect(index.manifests.map(({ platform }: { platform: object }) => platform)).toEqual([
      { architecture: 'amd64', os: 'linux' },
      { architecture: 'arm64', os: 'linux' },
    ]);
  });

  test('has blobs that are what their names say, and no others', async () => {
    for (const name of await readdir(join(layout, 'blobs/sha256'))) {
      expect(await execOk('sha256sum', [blob(`sha256:${name}`)])).toMatch(new RegExp(`^${name} `));
    }
    // The index, a manifest and a configuration of each platform, and the layer of both.
    expect(await readdir(join(layout, 'blobs/sha256'))).toHaveLength(6);
    expect(await execOk('skopeo', ['inspect', '--override-arch=arm64', `oci:${layout}:1.2.3`])).toContain(
      '"arm64"',
    );
  });

  test('is the same when it is made again', async () => {
    const again = await makeOciLayout({ x64: tree, arm64: tree }, await tempDir(cleanup));
    expect(await readFile(join(again, 'index.json'), 'utf8')).toBe(
      await readFile(join(layout, 'index.json'), 'utf8'),
    );
  });
});

test.each([
  ['x64', 'amd64'],
  ['arm64', 'arm64'],
] as const)(
  'a package of Debian for %s has the files with their checksums, and is the same when it is made again',
  async (platform, architecture) => {
    const [file, again] = await Promise.all([
      makeDeb(tree, platform, await tempDir(cleanup)),
      makeDeb(tree, platform, await tempDir(cleanup)),
    ]);
    expect(file).toMatch(new RegExp(`/bound-images_1\\.2\\.3-1_${architecture}\\.deb$`));
    expect(await execOk('dpkg-deb', ['--field', file])).toMatch(
      new RegExp(`Architecture: ${architecture}\n[\\s\\S]*Depends: podman\nRecommends: skopeo\n`),
    );
    const listed = (await execOk('dpkg-deb', ['--contents', file])).trimEnd().split('\n');
    expect(listed.filter((line) => !/^[d-]\S+ root\/root /.test(line))).toEqual([]);
    const unpacked = await tempDir(cleanup);
    await execOk('dpkg-deb', ['--raw-extract', file, unpacked]);
    await execOk('md5sum', ['--check', '--strict', 'DEBIAN/md5sums'], { cwd: unpacked });
    for (const [path, mode] of installed) {
      if (path.includes('/licenses/')) continue;
      const at = path.replace('site-functions', 'vendor-completions');
      expect((await stat(join(unpacked, at))).mode & 0o777, at).toBe(mode);
    }
    expect((await readFile(again)).equals(await readFile(file))).toBe(true);
  },
);

describe('install.sh', () => {
  const script = resolve('contrib/install.sh');
  const install = (...args: readonly string[]) => exec('sh', [script, ...args]);
  let archive: string;
  beforeAll(async () => {
    archive = await makeArchive(tree, 'x64', await tempDir(cleanup));
  });

  /** A tree of a system on which /usr is not written to. */
  async function newRoot(): Promise<string> {
    const root = await tempDir(cleanup);
    await writeTree(root, {
      'usr/local': { link: '../var/usrlocal' },
      'var/usrlocal': { directory: true },
      'etc/systemd/system': { directory: true },
      opt: { link: 'var/opt' },
      'var/opt': { directory: true },
    });
    return root;
  }
  const pathsOf = async (root: string) => (await readdir(root, { recursive: true })).sort();

  test('has nothing that shellcheck complains about', async () => {
    expect(
      await exec('shellcheck', ['--enable=all', '--exclude=SC2249,SC2250,SC2310,SC2312', script]),
    ).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
  });

  test.each([
    [[], '/usr/local', 'var/usrlocal'],
    [['--prefix', '/opt/bound-images'], '/opt/bound-images', 'var/opt/bound-images'],
  ])(
    'with %j: units name the program below %s, and removing it leaves nothing',
    async (options, prefix, place) => {
      const root = await newRoot();
      const before = await pathsOf(root);
      const result = await install('--root', root, ...options, archive);
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      expect(result.stdout).toContain(`installed: ${root}${prefix}/bin/bound-images`);
      expect((await stat(join(root, place, 'bin/bound-images'))).mode & 0o777).toBe(0o755);
      const paths = await pathsOf(root);
      expect(paths).toEqual(expect.arrayContaining([`${place}/share/man/man1/bound-images.1.gz`]));
      const units = Object.keys(await ownUnits());
      for (const unit of units.filter((name) => /\.(?:service|conf)$/.test(name))) {
        const text = await readFile(join(root, 'etc/systemd/system', unit), 'utf8');
        expect(text).toMatch(new RegExp(`^Exec\\w+=${prefix}/bin/bound-images `, 'm'));
        expect(text).not.toContain('/usr/bin/bound-images');
      }
      const links = paths.filter((path) => path.includes('.wants/'));
      expect(links).toEqual([
        'etc/systemd/system/ostree-finalize-staged.service.wants/bound-images-gate.service',
        'etc/systemd/system/sysinit.target.wants/bound-images-payloads.service',
        'etc/systemd/system/timers.target.wants/bound-images-prune.timer',
      ]);

      const again = await install('--root', root, ...options, archive);
      expect(again.stdout).toContain(`upgraded: ${root}${prefix}/bin/bound-images`);
      expect(await pathsOf(root)).toEqual(paths);

      expect(await install('--root', root, '--uninstall')).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await pathsOf(root)).toEqual(before);
      expect((await install('--root', root, '--uninstall')).stdout).toContain('nothing is installed');
    },
  );

  test('takes away with an upgrade what the new version does not have', async () => {
    const root = await newRoot();
    const older = {
      ...tree,
      files: [...tree.files, { path: 'usr/share/doc/bound-images/old.md', mode: 0o644, content: '' }],
    } as const;
    await install('--root', root, await makeArchive(older, 'x64', await tempDir(cleanup)));
    expect(await pathsOf(root)).toContain('var/usrlocal/share/doc/bound-images/old.md');
    await install('--root', root, archive);
    expect(await pathsOf(root)).not.toContain('var/usrlocal/share/doc/bound-images/old.md');
  });

  test('takes an executable, with the units beside the script', async () => {
    const root = await newRoot();
    const result = await install('--root', root, await standInExecutable(cleanup));
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await pathsOf(root)).toEqual(
      expect.arrayContaining([
        'var/usrlocal/bin/bound-images',
        'etc/systemd/system/bound-images-gate.service',
      ]),
    );
  });

  test('compares with checksums', async () => {
    const root = await newRoot();
    const before = await pathsOf(root);
    const directory = await tempDir(cleanup);
    const sums = join(directory, 'SHA256SUMS');
    const right = (await execOk('sha256sum', [archive])).replace(/ \/.*\//, ' ');
    const cases = [
      [right.replace(/^[0-9a-f]{8}/, '00000000'), 'is not what'],
      [right.replace(/ \S+$/m, ' other.tar.gz'), 'has no checksum of'],
    ] as const;
    for (const [text, said] of cases) {
      await writeTree(directory, { SHA256SUMS: text });
      const result = await install('--root', root, '--sha256sums', sums, archive);
      expect(result.stderr).toContain(said);
      expect(result.exitCode).toBe(1);
      expect(await pathsOf(root)).toEqual(before);
    }
    await writeTree(directory, { SHA256SUMS: right });
    expect(await install('--root', root, `--sha256sums=${sums}`, archive)).toMatchObject({ exitCode: 0 });
  });

  test.each([
    [[], 'FILE is missing'],
    [['--prefix'], '--prefix needs a value'],
    [['--prefix', '/a b', 'x'], 'use letters'],
    [['--prefix', 'usr', 'x'], 'it has to be a directory from / on'],
    [['--none'], 'unknown option --none'],
    [['a', 'b'], 'one FILE only'],
  ])('says what is wrong with %j', async (args, said) => {
    const { exitCode, stderr } = await install(...args);
    expect(stderr).toContain(said);
    expect(exitCode).toBe(2);
  });

  test('does not follow a link out of the tree', async () => {
    const root = await tempDir(cleanup);
    const outside = await tempDir(cleanup);
    await writeTree(root, { 'usr/local': { link: outside }, 'opt/': { directory: true } });
    const { exitCode, stderr } = await install('--root', root, archive);
    expect(stderr).toContain('leads out of');
    expect(exitCode).toBe(1);
    expect(await readdir(outside)).toEqual([]);
  });
});

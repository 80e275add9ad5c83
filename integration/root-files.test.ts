import { chmod, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost, outputOf } from './support/bound-host.js';
import { dropIn, quadlet } from './support/entries.js';
import { execOk } from './support/exec.js';
import { authJson, type Tree, writeTree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { layoutName } from './support/images.js';
import { type PodmanPrograms, podmanOf } from './support/podman-suites.js';
import { processesEnd } from './support/processes.js';
import { findProgram } from './support/programs.js';
import { oneOf } from './support/sample.js';
import { newCleanup, tempDir } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

// What podman gets of the files of a root, and what they must not.

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const creds = 'robot:correct';
const authfile = '/etc/app.json';
const file = 'etc/app.json';

let source: ImageSource;
let app: SourceImage;
/** A layout of the host, which no root may reach: an image of its own. */
let canary: string;
let canaryId: string;

beforeAll(async () => {
  source = await newImageSource(cleanup, { auth: { kind: 'htpasswd', users: { robot: 'correct' } }, creds });
  app = await source.push('team/app:1');
  const { layout } = source;
  const image = await layout.addImage({ layers: [{ seed: 'canary', sizeBytes: 1000 }] });
  canaryId = layoutName(image.config.digest);
  canary = join(await tempDir(cleanup), 'canary');
  await execOk('skopeo', [
    'copy',
    '--quiet',
    `oci:${layout.dir}:${layoutName(image.digest)}`,
    `oci:${canary}`,
  ]);
});

describe.each(oneOf('root-files', ['4.3', '5.8', '6.1']))('podman %s', (version) => {
  let programs: PodmanPrograms;
  beforeAll(async () => {
    programs = await podmanOf(version);
  });

  /** A program that does something before it becomes the real one, and writes down what it is given. */
  async function wrapped(program: string, script: string): Promise<{ path: string; log: string }> {
    const dir = await tempDir(perTest);
    const path = join(dir, 'program');
    const log = join(dir, 'log');
    await writeFile(log, '');
    await writeFile(path, `#!/bin/sh\nprintf '%s\\n' "$@" >>${log}\n${script}\nexec ${program} "$@"\n`);
    await chmod(path, 0o755);
    return { path, log };
  }

  async function expectNoCanary(host: BoundHost): Promise<void> {
    expect((await host.store.images()).map(({ id }) => id)).not.toContain(canaryId);
  }

  /** Puts the app into the root in the form of a transport. */
  async function ship(host: BoundHost, transport: string, name: string): Promise<void> {
    await mkdir(join(host.newRoot, 'usr/lib/images'), { recursive: true });
    const from = `oci:${source.layout.dir}:${layoutName(app.digest)}`;
    const suffix = transport === 'docker-archive' ? ':example.com/app:1' : '';
    await execOk('skopeo', [
      'copy',
      '--quiet',
      from,
      `${transport}:${host.newRoot}/usr/lib/images/${name}${suffix}`,
    ]);
  }

  describe('a link in an archive or layout that leads to the host', () => {
    const links = async (dir: string) => {
      await mkdir(dir, { recursive: true });
      for (const name of await readdir(canary)) await symlink(join(canary, name), join(dir, name));
    };
    const tar = async (to: string, dir: string) => {
      await links(dir);
      await execOk('tar', ['-cf', to, '-C', dir, '.']);
    };

    test.each<{
      name: string;
      reference: string;
      make: (images: string) => Promise<void>;
      found: 'check' | 'pull';
    }>([
      {
        name: 'oci: with links for all of it',
        reference: 'oci:/usr/lib/images/app',
        make: (images) => links(join(images, 'app')),
        found: 'check',
      },
      {
        name: 'oci: with a link among its blobs',
        reference: 'oci:/usr/lib/images/app',
        make: async (images) => {
          await cp(canary, join(images, 'app'), {
            recursive: true,
            filter: (path) => !path.includes('sha256/'),
          });
          for (const name of await readdir(join(canary, 'blobs/sha256')))
            await symlink(join(canary, 'blobs/sha256', name), join(images, 'app/blobs/sha256', name));
        },
        found: 'check',
      },
      {
        name: 'oci-archive:',
        reference: 'oci-archive:/usr/lib/images/app.tar',
        make: (images) => tar(join(images, 'app.tar'), join(images, 'links')),
        found: 'check',
      },
      {
        name: 'oci-archive: with gzip',
        reference: 'oci-archive:/usr/lib/images/app.tar.gz',
        make: async (images) => {
          await tar(join(images, 'app.tar'), join(images, 'links'));
          await writeFile(join(images, 'app.tar.gz'), gzipSync(await readFile(join(images, 'app.tar'))));
        },
        found: 'pull',
      },
      {
        name: 'dir: with a link for its manifest',
        reference: 'dir:/usr/lib/images/app',
        make: async (images) => {
          await execOk('skopeo', ['copy', '--quiet', `oci:${canary}`, `dir:${images}/real`]);
          await mkdir(join(images, 'app'));
          for (const name of await readdir(join(images, 'real')))
            await symlink(join(images, 'real', name), join(images, 'app', name));
        },
        found: 'check',
      },
      {
        name: 'dir: with digests that lead out',
        reference: 'dir:/usr/lib/images/app',
        make: async (images) => {
          await mkdir(join(images, 'app'));
          const digest = `sha256:../../../../../..${canary}/index.json`;
          const manifest = { schemaVersion: 2, config: { digest, size: 1 }, layers: [{ digest, size: 1 }] };
          await writeFile(join(images, 'app/manifest.json'), JSON.stringify(manifest));
        },
        found: 'check',
      },
    ])('is refused, and the archive and its member are named: $name', async ({ reference, make, found }) => {
      const host = await newBoundHost(perTest, { newRoot: dropIn('app', [reference], {}), programs });
      const images = join(host.newRoot, 'usr/lib/images');
      await mkdir(images, { recursive: true });
      await make(images);
      const checked = await host.run('check', '--format', 'json');
      const rules = JSON.parse(checked.stdout).diagnostics.map(({ rule }: { rule: string }) => rule);
      expect(rules.includes('path-unusable')).toBe(found === 'check');
      const { exitCode, report, stdout, stderr } = await host.pull();
      if (found === 'check') expect(exitCode).toBe(3);
      else {
        expect(report?.images).toMatchObject([{ state: 'failed', attempts: 1, error: { code: 'archive' } }]);
        expect(exitCode).toBe(1);
      }
      expect(outputOf({ stdout, stderr })).toMatch(
        /in it (?:is a symbolic link|names a digest that is none)/,
      );
      await expectNoCanary(host);
    });
  });

  test.each(['oci-archive', 'docker-archive', 'oci', 'dir'])(
    'what is exchanged for a link after the look is not followed: %s',
    async (transport) => {
      const host = await newBoundHost(perTest, {
        newRoot: dropIn('app', [`${transport}:/usr/lib/images/app`], {}),
        programs,
      });
      await ship(host, transport, 'app');
      const outside = join(await tempDir(perTest), 'images');
      await mkdir(outside);
      const suffix = transport === 'docker-archive' ? ':example.com/canary:1' : '';
      await execOk('skopeo', ['copy', '--quiet', `oci:${canary}`, `${transport}:${outside}/app${suffix}`]);
      const images = join(host.newRoot, 'usr/lib/images');
      for (const [from, to] of [
        [join(images, 'app'), join(outside, 'app')],
        [images, outside],
      ] as const) {
        const exchange = `[ -h ${from} ] || { mv ${from} ${from}.old && ln -s ${to} ${from}; }`;
        const { path } = await wrapped(programs.podman, exchange);
        const { exitCode, report } = await host.pull('--podman', path);
        expect(report?.images).toMatchObject([{ state: 'failed' }]);
        expect(exitCode).toBe(1);
        await expectNoCanary(host);
        await execOk('sh', ['-c', `rm ${from} && mv ${from}.old ${from}`]);
      }
      expect((await host.pull()).report?.images).toMatchObject([{ state: 'pulled' }]);
    },
  );

  test('an auth file that is exchanged after the look does not count', async () => {
    const host = await newBoundHost(perTest, {
      newRoot: {
        ...dropIn('app', [app.tagged], { authfile, 'tls-verify': false }),
        [file]: authJson({ [source.proxy.host]: creds }),
      },
      programs,
    });
    const { path } = await wrapped(programs.podman, `echo '{}' >${join(host.newRoot, file)}`);
    const { exitCode, report } = await host.pull('--podman', path);
    expect(report?.images).toMatchObject([{ state: 'pulled', attempts: 1 }]);
    expect(exitCode).toBe(0);
  });

  test.each<{ name: string; tree: () => Tree; transport?: string }>([
    {
      name: 'an auth file and certificates',
      tree: () => ({
        ...dropIn('app', [app.tagged], { authfile, 'cert-dir': '/etc/certs', 'tls-verify': false }),
        [file]: authJson({ [source.proxy.host]: creds }),
        'etc/certs/ca.crt': '',
      }),
    },
    {
      name: 'a key and its passphrase',
      tree: () => ({
        ...quadlet(
          'app.image',
          `Image=${app.tagged}`,
          'TLSVerify=false',
          `AuthFile=${authfile}`,
          'DecryptionKey=/etc/key.pem:file=/etc/pass',
        ),
        [file]: authJson({ [source.proxy.host]: creds }),
        'etc/key.pem': '-----BEGIN PRIVATE KEY-----\nTUlJRXZR\n-----END PRIVATE KEY-----\n',
        'etc/pass': 'secret',
      }),
    },
    ...['oci-archive', 'docker-archive', 'oci', 'dir'].map((transport) => ({
      name: transport,
      tree: () => dropIn('app', [`${transport}:/usr/lib/images/app`], {}),
      transport,
    })),
  ])('podman gets no path of a file in a root: $name', async ({ tree, transport }) => {
    const host = await newBoundHost(perTest, { newRoot: tree(), programs });
    if (transport !== undefined) await ship(host, transport, 'app');
    const podman = await wrapped(programs.podman, '');
    for (const args of [[], ['--direct']]) {
      const { report } = await host.pull('--podman', podman.path, '--pull-policy', 'always', ...args);
      expect(report?.images).toHaveLength(1);
    }
    const words = await readFile(podman.log, 'utf8');
    expect(words.match(/pull\n--quiet\n/g)).toHaveLength(2);
    expect(words).not.toContain(host.newRoot);
    expect(words).not.toContain(host.currentRoot);
  });

  describe('a credential helper', () => {
    const bound = () => dropIn('app', [app.tagged], { authfile, 'tls-verify': false });
    const helperIn = async (dir: string, name: string, ran: string) => {
      const answer = JSON.stringify({ ServerURL: source.proxy.host, Username: 'robot', Secret: 'correct' });
      const script = `#!/bin/sh\ntouch ${ran}\necho '${answer}'\n`;
      await writeTree(dir, { [name]: { text: script, mode: 0o755 } });
    };

    test.each([
      { name: 'a name that only the root has', helper: () => 'evil' },
      { name: 'a path', helper: (root: string) => `${root}/usr/bin/docker-credential-evil` },
      {
        name: 'a path from the name',
        helper: (root: string) => `x/../..${root}/usr/bin/docker-credential-evil`,
      },
    ])('of a root is not run: $name', async ({ helper }) => {
      const ran = join(await tempDir(perTest), 'ran');
      const host = await newBoundHost(perTest, { newRoot: bound(), programs });
      await helperIn(join(host.newRoot, 'usr/bin'), 'docker-credential-evil', ran);
      const credHelpers = { [source.proxy.host]: helper(host.newRoot) };
      await writeTree(host.newRoot, { [file]: JSON.stringify({ credHelpers, credsStore: 'evil' }) });
      const { exitCode, report, stdout, stderr } = await host.pull();
      expect([1, 3]).toContain(exitCode);
      if (exitCode === 1) {
        expect(report?.images[0]?.error?.message).toContain('docker-credential-evil');
        expect(report?.images[0]?.error?.message).toContain('not in the PATH of this host');
      } else expect(outputOf({ stdout, stderr })).toContain('not a plain name');
      await expect(readFile(ran)).rejects.toThrow('ENOENT');
    });

    test.each([
      { name: 'we ask', args: [] },
      { name: 'podman itself asks', args: ['--direct'] },
    ])('that this host has is asked by its name, where $name', async ({ args }) => {
      const dir = await tempDir(perTest);
      const host = await newBoundHost(perTest, {
        newRoot: { ...bound(), [file]: JSON.stringify({ credHelpers: { [source.proxy.host]: 'good' } }) },
        programs,
        env: { PATH: `${dir}:${process.env.PATH}` },
      });
      await helperIn(dir, 'docker-credential-good', join(dir, 'ran'));
      const { report } = await host.pull(...args);
      const isOwn = programs.podman === (await findProgram('podman'));
      if (isOwn || args.length === 0) {
        expect(report?.images).toMatchObject([{ state: 'pulled', attempts: 1 }]);
        expect(await readdir(dir)).toContain('ran');
      } else {
        // Where an unpacked podman runs there is no shell for the script.
        expect(report?.images[0]?.error?.message).toContain(`${dir}/docker-credential-good`);
      }
    });
  });

  test('check --online runs no helper that only the registries.conf of the root names', async () => {
    const ran = join(await tempDir(perTest), 'ran');
    const host = await newBoundHost(perTest, {
      newRoot: {
        ...dropIn('app', [app.tagged], { authfile, 'tls-verify': false }),
        [file]: authJson({ [source.proxy.host]: creds }),
        'usr/bin/docker-credential-evil': { text: `#!/bin/sh\ntouch ${ran}\n`, mode: 0o755 },
        'etc/containers/registries.conf.d/evil.conf': 'credential-helpers = ["evil", "x/../../evil"]\n',
      },
      programs,
    });
    const { stdout } = await host.run('check', '--online', '--format', 'json');
    expect(JSON.parse(stdout).images).toMatchObject([{ reference: app.tagged, digest: app.digest }]);
    await expect(readFile(ran)).rejects.toThrow('ENOENT');
  });

  test('an oci: image has no name of its path in the root', async () => {
    const names: (readonly string[])[] = [];
    for (let round = 0; round < 2; round += 1) {
      const host = await newBoundHost(perTest, {
        newRoot: dropIn('app', ['oci:/usr/lib/images/app'], {}),
        programs,
      });
      await ship(host, 'oci', 'app');
      expect((await host.pull()).exitCode).toBe(0);
      names.push(await host.stored());
    }
    expect(names[0]).toEqual(names[1]);
    const name = 'localhost/bound-images/archive:latest';
    expect(names[0]?.filter((each) => each !== '<none>:<none>')).toEqual(version === '4.3' ? [name] : []);
  });

  test('kill -9 while an oci-archive is unpacked leaves nothing behind the next run, which binds nothing', async () => {
    const host = await newBoundHost(perTest, {
      newRoot: dropIn('app', ['oci-archive:/usr/lib/images/app.tar'], {}),
      programs,
    });
    const large = await source.layout.addImage({ layers: [{ seed: 'large', sizeBytes: 96 * 1024 * 1024 }] });
    await mkdir(join(host.newRoot, 'usr/lib/images'), { recursive: true });
    const from = `oci:${source.layout.dir}:${layoutName(large.digest)}`;
    await execOk('skopeo', ['copy', '--quiet', from, `oci-archive:${host.newRoot}/usr/lib/images/app.tar`]);
    const live = host.startPull();
    const [work = ''] = await waitUntil('it has a work directory', async () => {
      const found = await host.leftovers();
      return found.length > 0 && found;
    });
    const unpacked = async () => {
      const found: string[] = [];
      for (const parent of [
        '/var/tmp',
        ...(await readdir(host.temporary, { recursive: true })).map((each) => join(host.temporary, each)),
      ]) {
        for (const name of await readdir(parent).catch(() => [])) {
          const inside = /oci\d+$/.test(name) ? await readdir(join(parent, name)).catch(() => []) : [];
          if (inside.some((each) => each.startsWith(work))) found.push(join(parent, name));
        }
      }
      return found;
    };
    await waitUntil('podman unpacks', async () => (await unpacked()).length > 0);
    live.kill('SIGKILL');
    expect(await processesEnd(live.marker, 60_000)).toBe(true);
    expect(await host.leftovers()).toEqual([work]);
    await writeTree(host.newRoot, { 'usr/lib/none/README~': '' });
    await host.pull('--dir', '/usr/lib/none');
    expect(await unpacked()).toEqual([]);
    expect(await host.leftovers()).toEqual([]);
  });
});

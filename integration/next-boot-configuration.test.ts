import { chmod, copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mayMount } from '../src/tools/process/mounts-probe.js';
import { run } from '../src/tools/process/run.js';
import { newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { type ExecResult, execOk, start } from './support/exec.js';
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.js';
import { type Tree, writeTree } from './support/host.js';
import { type BuiltImage, newImageLayout } from './support/images.js';
import { podmanOf } from './support/podman-suites.js';
import type { PrivatePull, PrivatePullResult } from './support/private-pull.js';
import { processesEnd } from './support/processes.js';
import { findProgram } from './support/programs.js';
import { pushImage } from './support/push-image.js';
import { startRegistry } from './support/registry.js';
import { oneOf } from './support/sample.js';
import { newStore, type Store } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';
import { type CertificateAuthority, newCertificateAuthority } from './support/tls.js';
import { blobTraffic } from './support/traffic.js';
import { podmanVersions } from './support/unpacked-podman.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  secure.throttle(undefined);
  await perTest.run();
});

let authority: CertificateAuthority;
let other: CertificateAuthority;
let plain: FaultProxy;
let secure: FaultProxy;
let image: BuiltImage;
let program: string;

/** A directory through which any user may go. */
async function openDir(owner: typeof cleanup): Promise<string> {
  const directory = await tempDir(owner);
  await chmod(directory, 0o755);
  return directory;
}

/** Some of the packages are CommonJS. */
const banner = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

beforeAll(async () => {
  [authority, other] = await Promise.all([
    cleanup.use(newCertificateAuthority()),
    cleanup.use(newCertificateAuthority()),
  ]);
  const registry = await cleanup.use(startRegistry());
  plain = await cleanup.use(startFaultProxy({ target: registry.url }));
  secure = await cleanup.use(
    startFaultProxy({ target: registry.url, tls: await authority.issue('registry') }),
  );
  const directory = await tempDir(cleanup);
  const layout = await newImageLayout(join(directory, 'layout'));
  image = await layout.addImage({ layers: [{ seed: 'app', sizeBytes: 400 * 1024 }] });
  await pushImage(registry.host, 'team/app:1', layout, image);
  program = join(await openDir(cleanup), 'private-pull.mjs');
  const source = 'integration/support/private-pull.ts';
  const flags = [
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--log-level=warning',
    `--banner:js=${banner}`,
  ];
  await execOk('node_modules/.bin/esbuild', [source, ...flags, `--outfile=${program}`]);
});
beforeEach(() => {
  plain.forget();
  secure.forget();
});

/** Mounts what the host has over /etc/containers and Docker's directory, where nobody else sees it. */
const onHost = `set -e
mount --bind "$1/etc/containers" /etc/containers
mount --bind "$1/etc/docker" /etc/docker
shift
exec "$@"`;

const policy = '{"default": [{"type": "insecureAcceptAnything"}]}';
const nowhere = '127.0.0.1:1';

/** registries.conf that leads `registry.example.com` astray. */
const astray = `unqualified-search-registries = ["${nowhere}"]
[[registry]]
prefix = "registry.example.com"
location = "${nowhere}"
insecure = true
`;

/** What this host has, which is not to count. */
async function hostOf(tree: Tree): Promise<string> {
  const top = await openDir(perTest);
  await writeTree(top, {
    'etc/containers/policy.json': policy,
    // A podman of which the network backend is netavark makes it, whatever it is asked.
    'etc/containers/networks/netavark.lock': '',
    'etc/docker/': { directory: true },
    ...tree,
  });
  return top;
}

async function newRootOf(tree: Tree): Promise<string> {
  const top = await openDir(perTest);
  await writeTree(top, tree);
  return top;
}

const nextBoot = (): Tree => ({
  'etc/containers/registries.conf': `[[registry]]
prefix = "registry.example.com"
location = "${nowhere}"
insecure = true
`,
  'etc/containers/registries.conf.d/50-site.conf': `[[registry]]
prefix = "registry.example.com"
location = "${nowhere}"
[[registry.mirror]]
location = "${secure.host}"
[[registry]]
prefix = "plain.example.com"
location = "${plain.host}"
insecure = true
`,
});

const bound = 'registry.example.com/team/app:1';
const stateOf = async (top: string) =>
  await execOk('find', [top, '-printf', '%p %y %m %l %T@\\n', '-type', 'f', '-exec', 'cat', '{}', ';']);

interface Pulling {
  readonly host: string;
  /** podman's own without it. */
  readonly store?: Store;
  readonly temporary: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it is started by. */
  readonly by?: readonly string[];
  readonly told: Partial<PrivatePull> & Pick<PrivatePull, 'podman' | 'newRoot'>;
}

const user = 1000;
const becomeUser = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--'];

/** Whom whoever runs the tests trusts, and where they keep their files. */
const unset = {
  XDG_CONFIG_HOME: undefined,
  XDG_DATA_HOME: undefined,
  XDG_CACHE_HOME: undefined,
  SSL_CERT_FILE: undefined,
  SSL_CERT_DIR: undefined,
};

function startPull({ host, store, temporary, env, by = [], told }: Pulling) {
  const pull: PrivatePull = {
    ...(store && { root: store.root, runroot: store.runroot }),
    kind: 'image',
    reference: bound,
    certificates: { [secure.host]: authority.certFile },
    mayMount: true,
    ...told,
  };
  const own = { HOME: join(host, 'root'), TMPDIR: temporary, ...env };
  const argv = [...by, process.execPath, program, JSON.stringify(pull)];
  return start('unshare', ['--mount', '--', 'sh', '-c', onHost, 'sh', host, ...argv], {
    env: { ...store?.env, ...unset, ...own },
    cwd: '/',
  });
}

function resultOf({ exitCode, stdout, stderr }: ExecResult): PrivatePullResult {
  if (exitCode !== 0) throw new Error(`the pull ended with ${exitCode}: ${stderr}`);
  return JSON.parse(stdout) as PrivatePullResult;
}

/** Pulls on a host that has other things in all places, and proves that nothing there has changed. */
async function pull(pulling: Omit<Pulling, 'store' | 'temporary'>): Promise<PrivatePullResult> {
  const store = await perTest.use(newStore(undefined, pulling.told.podman));
  const temporary = await tempDir(perTest);
  const before = await stateOf(pulling.host);
  const result = resultOf(await startPull({ ...pulling, store, temporary }).finished);
  expect(await readdir(temporary)).toEqual([]);
  expect(await stateOf(pulling.host)).toBe(before);
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(temporary);
  return result;
}

const ways = [
  { way: 'mounts', mayMount: true },
  { way: 'home', mayMount: false },
] as const;

/** The oldest, the newest of the loader before podman 6, and the one after. */
const loaders = podmanVersions.filter((version) => version !== '5.4');

describe.each(oneOf('next-boot-configuration', loaders))('podman %s', (version) => {
  let podman: string;
  beforeAll(async () => {
    ({ podman } = await podmanOf(version));
  });

  test.each(ways)('pulls with the registries of the next boot alone, by $way', async ({ way, mayMount }) => {
    const host = await hostOf({
      'etc/containers/registries.conf': astray,
      'etc/containers/registries.conf.d/99-old.conf': astray,
      [`etc/containers/certs.d/${secure.host}/ca.crt`]: await readFile(other.certFile, 'utf8'),
      [`etc/docker/certs.d/${secure.host}/ca.crt`]: await readFile(other.certFile, 'utf8'),
      'root/.config/containers/registries.conf.d/99-mine.conf': astray,
      'root/.config/containers/registries.conf': astray,
      [`root/.config/containers/certs.d/${secure.host}/ca.crt`]: await readFile(other.certFile, 'utf8'),
    });
    const newRoot = await newRootOf(nextBoot());
    const { attempt, way: used } = await pull({ host, told: { podman, newRoot, mayMount } });
    expect([attempt.kind, used, attempt]).toEqual(['pulled', way, attempt]);
    expect(secure.requests().length).toBeGreaterThan(0);

    const short = await pull({
      host,
      told: { podman, newRoot, mayMount, reference: 'plain.example.com/team/app:1' },
    });
    expect(short.attempt).toMatchObject({ kind: 'pulled' });
    expect(plain.requests().length).toBeGreaterThan(0);
  });

  test.each(ways)('pulls where the host says nothing of registries, by $way', async ({ way, mayMount }) => {
    const host = await hostOf({ 'etc/containers/registries.d/x.yaml': '', 'root/': { directory: true } });
    const newRoot = await newRootOf(nextBoot());
    const { attempt, way: used } = await pull({ host, told: { podman, newRoot, mayMount } });
    expect([attempt.kind, used, attempt]).toEqual(['pulled', way, attempt]);
  });

  test.each(ways)(
    'trusts no certificate of the host that the next boot does not, by $way',
    async ({ mayMount }) => {
      const trusted = await readFile(authority.certFile, 'utf8');
      const places = ['etc/containers', 'etc/docker', 'root/.config/containers'];
      const files = places.map((place) => [`${place}/certs.d/${secure.host}/ca.crt`, trusted]);
      const [host, newRoot] = [await hostOf(Object.fromEntries(files)), await newRootOf(nextBoot())];
      const { attempt } = await pull({ host, told: { podman, newRoot, mayMount, certificates: {} } });
      const message = expect.stringContaining('certificate signed by unknown authority');
      expect(attempt).toMatchObject({ kind: 'failed', failure: { message } });
    },
  );

  test.each(ways)(
    'trusts the authorities of the next boot, and of this host none, by $way',
    async ({ mayMount }) => {
      const host = await hostOf({ 'etc/containers/registries.conf': astray });
      const newRoot = await newRootOf(nextBoot());
      const told = { podman, newRoot, mayMount, certificates: {} };
      expect((await pull({ host, told: { ...told, ca: authority.certFile } })).attempt.kind).toBe('pulled');
      expect((await pull({ host, told: { ...told, ca: other.certFile } })).attempt.kind).toBe('failed');
    },
  );

  test.each(ways)('heeds the policy of this host, by $way', async ({ mayMount }) => {
    const host = await hostOf({
      'etc/containers/policy.json': '{"default": [{"type": "reject"}]}',
      'etc/containers/certs.d/': { directory: true },
    });
    const newRoot = await newRootOf(nextBoot());
    const { attempt } = await pull({ host, told: { podman, newRoot, mayMount } });
    expect(attempt).toMatchObject({ kind: 'failed', failure: { code: 'policy' } });
  });

  // podman 4 knows no artifacts.
  test.each(version === '4.3' ? [] : ways)(
    'pulls an artifact so, too, by $way',
    async ({ way, mayMount }) => {
      const host = await hostOf({
        'etc/containers/registries.conf': astray,
        'etc/containers/registries.conf.d/99-old.conf': astray,
        'root/.config/containers/registries.conf': astray,
      });
      const newRoot = await newRootOf(nextBoot());
      const result = await pull({ host, told: { podman, newRoot, mayMount, kind: 'artifact' } });
      expect(result).toMatchObject({ way, attempt: { kind: 'pulled' } });
    },
  );

  test('leaves nothing behind when all of it is killed', async () => {
    const host = await hostOf({ 'etc/containers/certs.d/': { directory: true } });
    const newRoot = await newRootOf(nextBoot());
    const store = await perTest.use(newStore(undefined, podman));
    const temporary = await tempDir(perTest);
    const marker = `kill-${version}`;
    const before = await stateOf(host);
    secure.throttle(64 * 1024);
    const pulling = { host, store, temporary, env: { MARKER: marker }, told: { podman, newRoot } };
    const live = startPull(pulling);
    await waitUntil('a layer is on its way', () =>
      secure.requests().some(({ digest, bytesSent }) => digest !== undefined && bytesSent > 20_000),
    );
    live.kill('SIGKILL');
    await live.finished;
    expect(await processesEnd(`MARKER=${marker}`, 60_000)).toBe(true);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(temporary);
    secure.throttle(undefined);
    expect(resultOf(await startPull(pulling).finished).attempt.kind).toBe('pulled');
    expect(await readdir(temporary)).toEqual([]);
    expect(await stateOf(host)).toBe(before);
  });
});

describe.each(oneOf('next-boot-configuration of the command line', podmanVersions))(
  'the command line, with podman %s,',
  (version) => {
    test.each([
      { name: 'for it', args: [] },
      { name: 'again when podman pulls by itself', args: ['--direct'] },
    ])('asks the registries of the next boot, before the pull and $name', async ({ args }) => {
      const host = await newBoundHost(perTest, {
        newRoot: {
          ...dropIn('apps', [bound, 'plain.example.com/team/app:1']),
          ...nextBoot(),
          [`etc/containers/certs.d/${secure.host}/ca.crt`]: await readFile(authority.certFile, 'utf8'),
        },
        programs: await podmanOf(version),
      });
      const plan = await host.run('plan', '--podman', (await podmanOf(version)).podman);
      expect([plan.exitCode, plan.stderr]).toEqual([0, expect.not.stringContaining('warning')]);
      expect([plain, secure].map((proxy) => proxy.requests().length > 0)).toEqual([true, true]);
      plain.forget();
      secure.forget();
      const { exitCode, report, stderr } = await host.pull(...args);
      expect(stderr).not.toContain('warning');
      expect(report?.images).toMatchObject([{ state: 'pulled' }, { state: 'pulled' }]);
      expect(exitCode).toBe(0);
      expect(blobTraffic(plain.requests()).size + blobTraffic(secure.requests()).size).toBeGreaterThan(0);
      const again = await host.pull(...args);
      expect(again.report?.images).toMatchObject([{ state: 'present' }, { state: 'present' }]);
      expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(host.temporary);
    });
  },
);

describe('a program with mounts of its own', () => {
  const sh = async (script: string, options: Parameters<typeof run>[2] = {}) => {
    const from = await tempDir(perTest);
    await writeTree(from, { inside: 'inside' });
    const to = await tempDir(perTest);
    return await run('/bin/sh', ['-c', script, 'sh', to], { mounts: [{ from, to }], ...options });
  };

  test('sees them, and nobody else does', async () => {
    const seen = await sh('cat "$1/inside"; grep -c "$1" /proc/self/mountinfo; echo err >&2; exit 3');
    expect(seen).toEqual({ exitCode: 3, signal: null, stdout: 'inside1\n', stderr: 'err\n', stopped: false });
    const outside = await sh('cat "$1/inside"', { mounts: [] });
    expect(outside.exitCode).toBe(1);
  });

  test('is the process that was started: signals reach it', async () => {
    let group: number | undefined;
    const onStart = (started: number) => {
      group = started;
    };
    expect((await sh('echo $$', { nice: true, onStart })).stdout).toBe(`${group}\n`);
    const stop = new AbortController();
    const running = sh('exec sleep 60', { signal: stop.signal, onStart });
    setTimeout(() => stop.abort(), 500);
    expect(await running).toMatchObject({ signal: 'SIGTERM', stopped: true });
    expect(await sh('kill -KILL $$')).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  });

  test('is not started where one of them fails, and it is said why', async () => {
    const mounts = [{ from: '/nonexistent', to: '/mnt' }];
    await expect(sh('echo started', { mounts })).rejects.toMatchObject({
      code: 'tool-missing',
      message: expect.stringMatching(/^\/bin\/sh cannot be started: mount: .*\/nonexistent/),
      hint: expect.stringMatching(/try again$/),
    });
    expect(await mayMount(mounts)).toBe(false);
    expect(await mayMount([{ from: '/usr', to: '/mnt' }])).toBe(true);
  });

  test('is named where it cannot be executed', async () => {
    const directory = await tempDir(perTest);
    await writeTree(directory, { broken: { text: '#!/nonexistent\n', mode: 0o755 } });
    const mounts = [{ from: '/usr', to: '/mnt' }];
    await expect(run(join(directory, 'broken'), [], { mounts })).rejects.toThrow(
      /broken cannot be started: .*not found/,
    );
  });
});

describe('root that may not mount', () => {
  test('pulls with them by a home', async () => {
    const host = await hostOf({
      'etc/containers/registries.conf': astray,
      'etc/containers/registries.conf.d/99-old.conf': astray,
      'root/.config/containers/registries.conf': astray,
      // podman 5.4 makes it for users other than root alone, and fails without it.
      'root/run/libpod/tmp/': { directory: true },
    });
    const newRoot = await newRootOf(nextBoot());
    const store = await perTest.use(newStore());
    const temporary = await tempDir(perTest);
    const by = ['setpriv', '--bounding-set=-sys_admin', '--'];
    const env = { HOME: join(host, 'root'), STORAGE_DRIVER: 'vfs', XDG_RUNTIME_DIR: join(host, 'root/run') };
    const podman = await findProgram('podman');
    // It ends the process that stays for others of such a podman.
    perTest.add(() =>
      execOk('setpriv', [...by.slice(1), podman, ...store.podmanArgs, 'system', 'migrate'], {
        env,
        cwd: '/',
      }).then(() => undefined),
    );
    const told = { podman, newRoot };
    const result = resultOf(await startPull({ host, store, temporary, env, by, told }).finished);
    expect(result).toMatchObject({ way: 'home', attempt: { kind: 'pulled' } });
  });
});

describe('a user who is not root', () => {
  /** The host with a home of the user's own, and an environment in which podman works there. */
  async function userHost(tree: Tree) {
    const host = await hostOf({
      ...tree,
      // podman 5.4 makes it for users other than root alone, and fails without it.
      'root/run/libpod/tmp/': { directory: true },
      'root/tmp/': { directory: true },
    });
    const home = join(host, 'root');
    await copyFile(authority.certFile, join(home, 'ca.crt'));
    await execOk('chown', ['--recursive', `${user}:${user}`, home]);
    const env = { HOME: home, XDG_RUNTIME_DIR: join(home, 'run'), STORAGE_DRIVER: 'vfs' };
    const podman = async (...args: readonly string[]) =>
      await execOk(becomeUser[0] ?? '', [...becomeUser.slice(1), own, ...args], {
        env: { ...unset, ...env },
        // The home of root may be where these tests are.
        cwd: '/',
      });
    // It ends the process that stays for the user's other podmans.
    perTest.add(() => podman('system', 'migrate').then(() => undefined));
    return { host, home, env, podman };
  }
  let own: string;
  beforeAll(async () => {
    own = await findProgram('podman');
  });

  test('pulls with them into the store that is there, by a home', async () => {
    const { host, home, env, podman } = await userHost({
      'etc/containers/registries.conf': astray,
      'etc/containers/registries.conf.d/99-old.conf': astray,
      [`etc/containers/certs.d/${secure.host}/ca.crt`]: await readFile(other.certFile, 'utf8'),
      'root/.config/containers/registries.conf': astray,
    });
    const newRoot = await newRootOf(nextBoot());
    const path = (await podman('info', '--format', '{{.Store.GraphRoot}}')).trim();
    expect(path).toBe(join(home, '.local/share/containers/storage'));
    const certificates = { [secure.host]: join(home, 'ca.crt') };
    const temporary = join(home, 'tmp');
    const told = { podman: own, newRoot, certificates };
    const result = resultOf(await startPull({ host, temporary, env, by: becomeUser, told }).finished);
    expect(result).toMatchObject({ way: 'home', attempt: { kind: 'pulled' }, findings: [] });
    expect(await podman('images', '--format', '{{.Repository}}')).toBe('registry.example.com/team/app\n');
    expect(await readdir(temporary)).toEqual([]);
  });

  test('is told what counts of this host where $HOME says where the store is', async () => {
    const { host, home, env, podman } = await userHost({
      'etc/containers/registries.conf.d/99-old.conf': '',
      'root/.config/containers/storage.conf': '[storage]\ndriver = "vfs"\ngraphroot = "$HOME/images"\n',
    });
    const newRoot = await newRootOf(nextBoot());
    const told = { podman: own, newRoot, certificates: {}, reference: 'plain.example.com/team/app:1' };
    const temporary = join(home, 'tmp');
    const result = resultOf(await startPull({ host, temporary, env, by: becomeUser, told }).finished);
    expect(result).toMatchObject({ way: 'home', attempt: { kind: 'pulled' } });
    expect(result.findings).toEqual([expect.stringContaining('registries.conf.d of this host')]);
    expect(await podman('images', '--format', '{{.Repository}}')).toBe('plain.example.com/team/app\n');
    expect(await readdir(join(home, 'images'))).toContain('vfs-images');
  });
});

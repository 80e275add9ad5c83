import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseReport } from './support/bound-host.js';
import { copyCli } from './support/cli.js';
import { dropIn } from './support/entries.js';
import { execOk, start } from './support/exec.js';
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.js';
import { type Tree, writeTree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { podmanOf } from './support/podman-suites.js';
import { findProgram } from './support/programs.js';
import { oneOf } from './support/sample.js';
import { newStore } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';
import { type CertificateAuthority, newCertificateAuthority } from './support/tls.js';
import { podmanVersions } from './support/unpacked-podman.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let authority: CertificateAuthority;
let other: CertificateAuthority;
let plain: ImageSource;
let secure: FaultProxy;
let app: SourceImage;
let program: readonly string[];

/** A directory through which any user may go. */
async function openDir(owner: typeof cleanup): Promise<string> {
  const directory = await tempDir(owner);
  await chmod(directory, 0o755);
  return directory;
}

beforeAll(async () => {
  [authority, other] = await Promise.all([
    cleanup.use(newCertificateAuthority()),
    cleanup.use(newCertificateAuthority()),
  ]);
  plain = await newImageSource(cleanup);
  app = await plain.push('team/app:1', { sizeBytes: 400 * 1024 });
  const tls = await authority.issue('registry');
  secure = await cleanup.use(startFaultProxy({ target: plain.registry.url, tls }));
  // As it is built, where any user may read it.
  program = await copyCli(join(await openDir(cleanup), 'dist'));
});
beforeEach(() => {
  for (const proxy of [plain.proxy, secure]) proxy.forget();
});

const nowhere = '127.0.0.1:1';
const bound = 'registry.example.com/team/app:1';
const boundPlain = 'plain.example.com/team/app:1';

/** What this host has, none of which is to count: only its policy does. */
async function hostOf(policyType: string, tree: Tree = {}): Promise<string> {
  const astray = `unqualified-search-registries = ["${nowhere}"]
[[registry]]
prefix = "registry.example.com"
location = "${nowhere}"
insecure = true
`;
  const wrong = await readFile(other.certFile, 'utf8');
  const top = await openDir(perTest);
  await writeTree(top, {
    'etc/docker/': { directory: true },
    'cache/': { directory: true },
    'etc/containers/policy.json': JSON.stringify({ default: [{ type: policyType }] }),
    'etc/containers/registries.conf': astray,
    'etc/containers/registries.conf.d/99-old.conf': astray,
    [`etc/containers/certs.d/${secure.host}/ca.crt`]: wrong,
    [`etc/docker/certs.d/${secure.host}/ca.crt`]: wrong,
    'root/.config/containers/registries.conf': astray,
    [`root/.config/containers/certs.d/${secure.host}/ca.crt`]: wrong,
    'root/run/': { directory: true },
    'root/tmp/': { directory: true },
    ...tree,
  });
  return top;
}

/** A root that binds an image and knows where its registry is. */
async function newRootOf(reference: string): Promise<string> {
  const top = await openDir(perTest);
  await writeTree(top, {
    ...dropIn('app', [reference], {}),
    'usr/lib/os-release': 'ID=test\n',
    'etc/containers/registries.conf.d/50-site.conf': `[[registry]]
prefix = "registry.example.com"
location = "${nowhere}"
[[registry.mirror]]
location = "${secure.host}"
[[registry]]
prefix = "plain.example.com"
location = "${plain.proxy.host}"
insecure = true
`,
    [`etc/containers/certs.d/${secure.host}/ca.crt`]: await readFile(authority.certFile, 'utf8'),
  });
  return top;
}

/** Mounts what the host has over the directories of this machine, where nobody else sees it. */
const onHost = `set -e
mount --bind "$1/etc/containers" /etc/containers
mount --bind "$1/etc/docker" /etc/docker
mkdir -p /var/lib/containers/cache
mount --bind "$1/cache" /var/lib/containers/cache
shift
exec "$@"`;

interface Pulling {
  readonly host: string;
  readonly podman: string;
  readonly reference?: string;
  /** Where it is not podman's own. */
  readonly store?: Awaited<ReturnType<typeof newStore>>;
  /** What it is started by. */
  readonly by?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function pull({ host, podman, reference = bound, store, by = [], env }: Pulling) {
  const newRoot = await newRootOf(reference);
  const roots = ['--root', newRoot, '--current-root', newRoot, '--podman', podman];
  const storage = store ? ['--storage-root', store.root, '--storage-runroot', store.runroot] : [];
  const args = [...roots, ...storage, '--format', 'json', '--verbose', '--retries', '0'];
  const argv = [...by, ...program, 'pull', ...args];
  const { exitCode, stdout, stderr } = await start(
    'unshare',
    ['--mount', '--', 'sh', '-c', onHost, 'sh', host, ...argv],
    {
      cwd: '/',
      env: {
        ...store?.env,
        HOME: join(host, 'root'),
        TMPDIR: join(host, 'root/tmp'),
        BOUND_IMAGES_STATE_DIR: join(host, 'root/state'),
        XDG_CONFIG_HOME: undefined,
        XDG_DATA_HOME: undefined,
        XDG_CACHE_HOME: undefined,
        SSL_CERT_FILE: undefined,
        SSL_CERT_DIR: undefined,
        ...env,
      },
    },
  ).finished;
  expect(await readdir(join(host, 'root/tmp'))).toEqual([]);
  return { exitCode, stderr, report: parseReport(stdout) };
}

/** Who has asked the registries. */
function clients(): readonly (string | undefined)[] {
  return [...new Set([plain.proxy, secure].flatMap((proxy) => proxy.requests().map(({ client }) => client)))];
}

const configured = async (host: string) =>
  await execOk('find', [
    join(host, 'etc'),
    '-printf',
    '%p %m %T@\n',
    '-type',
    'f',
    '-exec',
    'cat',
    '{}',
    ';',
  ]);

/** The oldest, the newest of the loader before podman 6, and the one after. */
const loaders = podmanVersions.filter((version) => version !== '5.4');

describe.each(oneOf('relay-ways', loaders))('podman %s', (version) => {
  test.each([bound, boundPlain])(
    'asks nobody but us, who ask where the next boot would: %s',
    async (reference) => {
      const { podman } = await podmanOf(version);
      const host = await hostOf('insecureAcceptAnything');
      const store = await perTest.use(newStore(undefined, podman));
      const before = await configured(host);
      const { exitCode, report, stderr } = await pull({ host, podman, reference, store });
      expect(report?.images, stderr).toMatchObject([{ state: 'pulled', digest: app.digest, attempts: 1 }]);
      expect(exitCode).toBe(0);
      expect(clients()).toEqual(['ours']);
      // By its own name, and nothing remembers where it came from.
      expect(await store.images()).toMatchObject([{ names: [reference] }]);
      expect(await configured(host)).toBe(before);
      expect(await readdir(join(host, 'cache'))).toEqual([]);
      expect(stderr).not.toContain('by itself');
    },
  );

  test('heeds the policy of this host', async () => {
    const { podman } = await podmanOf(version);
    const host = await hostOf('reject');
    const store = await perTest.use(newStore(undefined, podman));
    const { exitCode, report } = await pull({ host, podman, store });
    expect(report?.images).toMatchObject([{ state: 'failed', error: { code: 'policy' } }]);
    expect(report?.images[0]?.error?.message).not.toMatch(/127\.0\.0\.1:(?!1\b)\d{3}\b/);
    expect(exitCode).toBe(1);
    expect(await store.images()).toEqual([]);
  });
});

test('root that may not mount leads podman to us by a home', async () => {
  const podman = await findProgram('podman');
  const host = await hostOf('insecureAcceptAnything');
  const store = await perTest.use(newStore());
  const by = ['setpriv', '--bounding-set=-sys_admin', '--'];
  const env = {
    HOME: join(host, 'root'),
    STORAGE_DRIVER: 'vfs',
    XDG_RUNTIME_DIR: join(host, 'root/run'),
  };
  // It ends the process that stays for others of such a podman.
  perTest.add(() =>
    execOk('setpriv', [...by.slice(1), podman, ...store.podmanArgs, 'system', 'migrate'], {
      env,
      cwd: '/',
    }).then(() => undefined),
  );
  const { exitCode, report, stderr } = await pull({ host, podman, store, by, env });
  expect(report?.images, stderr).toMatchObject([{ state: 'pulled', digest: app.digest }]);
  expect(exitCode).toBe(0);
  expect(clients()).toEqual(['ours']);
});

describe('a user who is not root', () => {
  const user = 1000;
  const by = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--'];

  async function userHost(tree: Tree = {}) {
    const podman = await findProgram('podman');
    const host = await hostOf('insecureAcceptAnything', tree);
    const home = join(host, 'root');
    await execOk('chown', ['--recursive', `${user}:${user}`, home]);
    const env = { HOME: home, XDG_RUNTIME_DIR: join(home, 'run'), STORAGE_DRIVER: 'vfs' };
    const own = async (...args: readonly string[]) =>
      await execOk('setpriv', [...by.slice(1), podman, ...args], {
        env: { ...env, XDG_CONFIG_HOME: undefined, XDG_DATA_HOME: undefined, XDG_CACHE_HOME: undefined },
        // The home of root may be where these tests are.
        cwd: '/',
      });
    // It ends the process that stays for the user's other podmans.
    perTest.add(() => own('system', 'migrate').then(() => undefined));
    return { podman, host, env, own };
  }

  test('leads podman to us, and has the image under its own name', async () => {
    const { podman, host, env, own } = await userHost();
    const { exitCode, report, stderr } = await pull({ host, podman, by, env });
    expect(report?.images, stderr).toMatchObject([{ state: 'pulled', digest: app.digest }]);
    expect(exitCode).toBe(0);
    expect(clients()).toEqual(['ours']);
    expect(await own('images', '--format', '{{.Repository}}')).toBe('registry.example.com/team/app\n');
  });

  test('lets podman pull by itself where $HOME says where the store is, and is told why', async () => {
    const { podman, host, env } = await userHost({
      'etc/containers/registries.conf': '',
      'etc/containers/registries.conf.d/99-old.conf': '',
      'root/.config/containers/registries.conf': '',
      'root/.config/containers/storage.conf': '[storage]\ndriver = "vfs"\ngraphroot = "$HOME/images"\n',
    });
    const { exitCode, report, stderr } = await pull({ host, podman, reference: boundPlain, by, env });
    expect(report?.images, stderr).toMatchObject([{ state: 'pulled', digest: app.digest }]);
    expect(exitCode).toBe(0);
    expect(clients()).toContain('podman');
    expect(stderr).toContain(`podman pulls ${boundPlain} by itself: storage.conf names the store by $HOME`);
    expect(report?.diagnostics).toMatchObject([{ rule: 'registries-of-this-host', severity: 'warning' }]);
  });
});

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { diagnose } from '../../src/diagnostic/diagnose.js';
import { nowhere } from '../../src/diagnostic/place.js';
import type { RegistriesConf } from '../../src/registries/conf/registries-file.js';
import { hostPlaces } from '../../src/registries/host-places.js';
import { privateConfiguration } from '../../src/registries/private-configuration.js';
import type { PrivateRegistries } from '../../src/registries/private-files.js';
import { makeTree, symlink, type TreeSpec } from '../support/tree.js';

const configuration: RegistriesConf = {
  registries: [],
  searchRegistries: ['next.example'],
  shortNameMode: 'permissive',
  aliases: new Map(),
  credentialHelpers: ['containers-auth.json'],
  helperPrograms: [],
  diagnostics: [],
};
const files = [{ name: 'ca.crt', bytes: Buffer.from('ca') }];
const next: PrivateRegistries = {
  configuration,
  certificates: () => new Map([['r.example:5000', { ok: true, files }]]),
  foreignCa: () => undefined,
  isOfHost: false,
};
const noCertificates = () => new Map();
const ofNext = /next\.example/;

interface Situation {
  readonly registries?: PrivateRegistries;
  readonly uid?: number;
  readonly mayMount?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/** A host of these files, whose home is /root, and what podman is given on it. */
async function on(files: TreeSpec, { registries = next, uid = 0, mayMount = true, env }: Situation = {}) {
  const top = makeTree(files);
  const directory = makeTree({});
  const host = hostPlaces({ HOME: join(top, 'root') }, top);
  const before = listing(top);
  const given = await privateConfiguration(registries, () => directory, {
    env: { HOME: join(top, 'root'), ...env },
    uid,
    host,
    mayMount: async () => mayMount,
  });
  if (given === undefined) throw new Error('nothing is given');
  // Nothing is written there.
  expect(listing(top)).toEqual(before);
  const mounts = given.mounts.map(({ from, to }) => [
    from.replace(directory, 'OURS').replace(top, ''),
    to.replace(directory, 'OURS').replace(top, ''),
  ]);
  return {
    ...given,
    mounts,
    top,
    directory,
    textOf: (path: string) => readFileSync(join(directory, path), 'utf8'),
  };
}

function listing(top: string): readonly string[] {
  return readdirSync(top, { recursive: true, encoding: 'utf8' }).sort();
}

const conf = 'OURS/containers/registries.conf';

test('as root, our files stand in the place of the host’s, and its other ones are hidden', async () => {
  const { mounts, env, top, textOf, directory } = await on({
    'etc/containers/registries.conf': 'old',
    'etc/containers/registries.conf.d/a.conf': 'old',
    'etc/containers/certs.d/old.example/ca.crt': 'old',
    'etc/containers/certs.rootful.d/old.example/ca.crt': 'old',
    'etc/containers/policy.json': '{}',
    'etc/docker/certs.d/old.example/ca.crt': 'old',
    'usr/share/containers/registries.rootful.conf.d/a.conf': 'old',
    'usr/share/containers/certs.d/old.example/ca.crt': 'old',
    'root/.config/containers/registries.conf': 'old',
    'root/.config/containers/registries.conf.d/a.conf': 'old',
    'root/.config/containers/certs.d/old.example/ca.crt': 'old',
  });
  expect(mounts).toEqual([
    ['OURS/empty', '/root/.config/containers/registries.conf.d'],
    ['OURS/empty', '/usr/share/containers/registries.rootful.conf.d'],
    ['OURS/empty', '/etc/containers/registries.conf.d'],
    ['OURS/empty', '/root/.config/containers/certs.d'],
    ['OURS/empty', '/usr/share/containers/certs.d'],
    ['OURS/empty', '/etc/containers/certs.d'],
    ['OURS/empty', '/etc/containers/certs.rootful.d'],
    ['OURS/empty', '/etc/docker/certs.d'],
    [conf, '/root/.config/containers/registries.conf'],
    [conf, '/etc/containers/registries.conf'],
    ['OURS/containers/certs.d', '/etc/containers/certs.d'],
  ]);
  expect(env).toEqual({
    CONTAINERS_REGISTRIES_CONF: join(top, 'etc/containers/registries.conf'),
    CONTAINERS_REGISTRIES_CONF_OVERRIDE: '',
  });
  expect(textOf('containers/registries.conf')).toMatch(ofNext);
  expect(textOf('containers/certs.d/r.example:5000/ca.crt')).toBe('ca');
  expect(statSync(join(directory, 'containers/certs.d/r.example:5000/ca.crt')).mode & 0o777).toBe(0o600);
  expect(statSync(join(directory, 'containers/certs.d')).mode & 0o777).toBe(0o700);
});

test.each([
  { name: 'a file in the place of a directory', files: { 'root/.config': '' } },
  { name: 'links in a circle', files: { 'etc/containers/certs.d': symlink('certs.d') } },
])('takes $name', async ({ files }) => {
  const { mounts } = await on({ 'etc/containers/registries.conf': '', ...files });
  expect(mounts.at(-1)?.[1]).toMatch(/^\/etc\/containers/);
});

test('podman refuses what the next boot’s podman refuses', async () => {
  const problem = diagnose('registries-conf-invalid', nowhere, { problem: 'it is no TOML', hint: null });
  const invalid = { ...next, configuration: { ...configuration, diagnostics: [problem] } };
  const { textOf } = await on({ 'etc/containers/registries.conf': '' }, { registries: invalid });
  expect(() => parse(textOf('containers/registries.conf'))).toThrow();
});

test('hides certificates also where there are to be none', async () => {
  const files = { 'etc/containers/registries.conf': '', 'etc/containers/certs.d/old.example/ca.crt': 'old' };
  const { mounts } = await on(files, { registries: { ...next, certificates: noCertificates } });
  expect(mounts).toContainEqual(['OURS/empty', '/etc/containers/certs.d']);
});

test.each<{ name: string; there: TreeSpec }>([
  { name: 'registries.conf', there: { 'etc/containers/certs.d/old.example/ca.crt': 'old' } },
  { name: 'certs.d', there: { 'etc/containers/registries.conf': 'old' } },
])('mounts over a directory that is put together where the host has no $name', async ({ there }) => {
  const { mounts, directory } = await on({
    ...there,
    'etc/containers/policy.json': '{}',
    'etc/containers/registries.d/default.yaml': '',
    'etc/containers/registries.conf.d/a.conf': 'old',
    'etc/containers/later.conf': symlink('/nonexistent'),
  });
  const sorted = (pairs: readonly (readonly string[])[]) => pairs.map((pair) => pair.join(' on ')).sort();
  expect(sorted(mounts)).toEqual(
    sorted([
      ['OURS/empty', '/etc/containers/registries.conf.d'],
      ...('etc/containers/certs.d/old.example/ca.crt' in there
        ? [['OURS/empty', '/etc/containers/certs.d']]
        : []),
      ['/etc/containers/policy.json', 'OURS/containers/policy.json'],
      ['/etc/containers/registries.d', 'OURS/containers/registries.d'],
      ['OURS/containers', '/etc/containers'],
    ]),
  );
  expect(mounts.at(-1)).toEqual(['OURS/containers', '/etc/containers']);
  expect(readdirSync(join(directory, 'containers')).sort()).toEqual([
    'certs.d',
    'later.conf',
    'policy.json',
    'registries.conf',
    'registries.d',
  ]);
});

test.each<{ name: string; files: TreeSpec; situation: Situation }>([
  { name: 'may not mount', files: { 'etc/containers/registries.conf': '' }, situation: { mayMount: false } },
  { name: 'has nothing to mount over', files: {}, situation: {} },
  { name: 'is not root', files: { 'etc/containers/registries.conf': '' }, situation: { uid: 1000 } },
])('whoever $name gets a home', async ({ files, situation }) => {
  const { mounts, env, findings, top, directory, textOf, translate } = await on(files, situation);
  expect([mounts, findings]).toEqual([[], []]);
  expect(env).toEqual({
    HOME: join(directory, 'home'),
    XDG_CONFIG_HOME: join(directory, 'home/.config'),
    XDG_DATA_HOME: join(top, 'root/.local/share'),
    XDG_CACHE_HOME: join(top, 'root/.cache'),
    CONTAINERS_REGISTRIES_CONF: '',
    CONTAINERS_REGISTRIES_CONF_OVERRIDE: '',
  });
  const containers = 'home/.config/containers';
  expect(textOf(`${containers}/registries.conf`)).toMatch(ofNext);
  expect(textOf(`${containers}/certs.d/r.example:5000/ca.crt`)).toBe('ca');
  expect(translate(`${join(directory, containers)}/registries.conf`)).toBe(
    join(top, 'etc/containers/registries.conf'),
  );
});

const homeOnly = { mayMount: false };

test('a home has all else of the real one, with which credential helpers work', async () => {
  const { directory, textOf } = await on(
    {
      'root/.docker/config.json': 'docker',
      'root/.config/gcloud/config': 'gcloud',
      'root/.config/containers/auth.json': 'auth',
      'root/.config/containers/registries.conf': 'old',
      'root/.config/containers/registries.conf.d/mine.conf': 'old',
      'root/.config/containers/certs.d/old.example/ca.crt': 'old',
    },
    homeOnly,
  );
  expect(
    ['.docker/config.json', '.config/gcloud/config', '.config/containers/auth.json'].map((path) =>
      textOf(`home/${path}`),
    ),
  ).toEqual(['docker', 'gcloud', 'auth']);
  expect(textOf('home/.config/containers/registries.conf')).toMatch(ofNext);
  expect(existsSync(join(directory, 'home/.config/containers/certs.d/old.example'))).toBe(false);
  expect(existsSync(join(directory, 'home/.config/containers/registries.conf.d/mine.conf'))).toBe(false);
});

test('a home hides what the host has by files and directories of the same names', async () => {
  const { directory, textOf } = await on(
    {
      'etc/containers/registries.conf.d/a.conf': 'old',
      'usr/share/containers/registries.rootless.conf.d/1000/b.conf': 'old',
      'etc/containers/certs.d/old.example/ca.crt': 'old',
      'etc/docker/certs.d/docker.example/ca.crt': 'old',
      'etc/containers/certs.rootless.d/new.example/ca.crt': 'old',
    },
    homeOnly,
  );
  const containers = 'home/.config/containers';
  expect(['a.conf', 'b.conf'].map((name) => textOf(`${containers}/registries.conf.d/${name}`))).toEqual([
    '',
    '',
  ]);
  const hosts = readdirSync(join(directory, containers, 'certs.d'));
  expect(hosts.sort()).toEqual(['docker.example', 'new.example', 'old.example', 'r.example:5000']);
  expect(readdirSync(join(directory, containers, 'certs.d/old.example'))).toEqual([]);
});

test('directories that the user has elsewhere stay there', async () => {
  const { env } = await on({}, { ...homeOnly, env: { XDG_DATA_HOME: '/data', XDG_CACHE_HOME: '/cache' } });
  expect(Object.keys(env)).toEqual([
    'HOME',
    'XDG_CONFIG_HOME',
    'CONTAINERS_REGISTRIES_CONF',
    'CONTAINERS_REGISTRIES_CONF_OVERRIDE',
  ]);
});

const follows = { 'root/.config/containers/storage.conf': 'rootless_storage_path = "$HOME/store"\n' };

test.each<{ name: string; files: TreeSpec; registries?: PrivateRegistries; what: string | undefined }>([
  { name: 'certificates', files: {}, what: 'certs.d' },
  {
    name: 'drop-ins, too',
    files: { 'etc/containers/registries.conf.d/a.conf': '' },
    what: 'registries.conf.d and certs.d',
  },
  {
    name: 'nothing, where there is nothing',
    files: {},
    registries: { ...next, certificates: noCertificates },
    what: undefined,
  },
])(
  'a store that is named by $HOME stays, and it is said which files of this host count: $name',
  async (row) => {
    const { env, findings, directory } = await on(
      { ...follows, ...row.files },
      { uid: 1000, ...(row.registries && { registries: row.registries }) },
    );
    expect(env).toEqual({
      CONTAINERS_REGISTRIES_CONF: join(directory, 'home/.config/containers/registries.conf'),
      CONTAINERS_REGISTRIES_CONF_OVERRIDE: '',
    });
    expect(findings.map(({ rule }) => rule)).toEqual(
      row.what === undefined ? [] : ['registries-of-this-host'],
    );
    if (row.what !== undefined) expect(findings[0]?.message).toContain(`the ${row.what} of this host`);
  },
);

test.each([true, false])('the trusted authorities are those of the other system', async (mayMount) => {
  const registries = { ...next, foreignCa: () => 'pem' };
  const { env, directory } = await on({ 'etc/containers/registries.conf': '' }, { registries, mayMount });
  expect([env.SSL_CERT_FILE, env.SSL_CERT_DIR]).toEqual([
    join(directory, 'ca.pem'),
    join(directory, 'empty'),
  ]);
  expect(readFileSync(join(directory, 'ca.pem'), 'utf8')).toBe('pem');
  expect(readdirSync(join(directory, 'empty'))).toEqual([]);
});

test('registries that podman finds by itself need nothing but the authorities', async () => {
  const own = { ...next, isOfHost: true };
  expect(await privateConfiguration(own, () => 'none is made')).toBeUndefined();
  const { mounts, env, directory } = await on({}, { registries: { ...own, foreignCa: () => 'pem' } });
  expect([mounts, env]).toEqual([
    [],
    { SSL_CERT_FILE: join(directory, 'ca.pem'), SSL_CERT_DIR: join(directory, 'empty') },
  ]);
});

test('a registry with certificates that podman would refuse is refused', async () => {
  const broken = new Map([['r.example', { ok: false, problem: 'x.cert is there without x.key' }]] as const);
  const { textOf } = await on({}, { registries: { ...next, certificates: () => broken } });
  expect(textOf('home/.config/containers/certs.d/r.example/unusable.cert')).toBe('');
});

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import type { HostPath } from '../../src/model/path.js';
import { hostPlaces } from '../../src/registries/host-places.js';
import { fitsRelay, relayConfiguration } from '../../src/registries/relay-configuration.js';
import { readHostSignatures } from '../../src/registries/signatures/host-signatures.js';
import { relayHost, relayPlaces, relaySecret } from '../support/relay-places.js';
import { makeTree, type TreeSpec } from '../support/tree.js';

const configuration = {
  registries: [],
  searchRegistries: ['search.example'],
  shortNameMode: 'permissive',
  aliases: new Map(),
  credentialHelpers: ['secretservice'],
  helperPrograms: [],
  diagnostics: [],
};

interface Situation {
  readonly uid?: number;
  readonly mayMount?: boolean;
}

/** A host of these files, whose home is /root, and what podman is given on it to ask a relay for `quay.io`. */
async function on(files: TreeSpec, { uid = 0, mayMount = true }: Situation = {}) {
  const top = makeTree(files);
  const directory = makeTree({});
  const env = { HOME: join(top, 'root') };
  const signatures = readHostSignatures({
    version: '5.8.0',
    env: { HOME: '/root' },
    uid,
    top: top as HostPath,
  });
  const given = await relayConfiguration({ configuration }, relayPlaces(), ['quay.io'], () => directory, {
    env,
    uid,
    host: hostPlaces(env, top),
    mayMount: async () => mayMount,
    signatures,
  });
  if ('kind' in given) return { direct: given.why, mounts: [], env: {}, top, directory, translate: String };
  const mounts = given.mounts.map(({ from, to }) => [
    from.replace(directory, 'OURS').replace(top, ''),
    to.replace(directory, 'OURS').replace(top, ''),
  ]);
  return { ...given, direct: undefined, mounts, top, directory };
}

const registriesOf = (conf: string) =>
  (parse(conf).registry as unknown as { prefix: string; location: string }[]).map(({ prefix, location }) => [
    prefix,
    location,
  ]);
const relayed = [
  ['quay.io', `${relayHost}/${relaySecret}/r1`],
  ['docker.io', `${relayHost}/${relaySecret}/r2`],
  ['search.example', `${relayHost}/${relaySecret}/r3`],
];

const full: TreeSpec = {
  'etc/containers/registries.conf': 'old',
  'etc/containers/registries.conf.d/a.conf': 'old',
  'etc/containers/registries.d/a.yaml': 'docker: {quay.io: {use-sigstore-attachments: true}}',
  'etc/containers/registries.rootful.d/b.yaml': '',
  'etc/containers/certs.d/old.example/ca.crt': 'old',
  'etc/containers/policy.json': '{}',
  'usr/share/containers/registries.d/v.yaml': '',
  'root/.config/containers/registries.conf': 'old',
};

test('as root, podman finds the relay in all places, and remembers nothing of it', async () => {
  const { mounts, env, top, directory } = await on(full);
  expect(mounts).toEqual([
    ['OURS/empty', '/etc/containers/registries.conf.d'],
    ['OURS/empty', '/etc/containers/certs.d'],
    ['OURS/empty', '/usr/share/containers/registries.d'],
    ['OURS/empty', '/etc/containers/registries.d'],
    ['OURS/empty', '/etc/containers/registries.rootful.d'],
    ['OURS/containers/registries.conf', '/root/.config/containers/registries.conf'],
    ['OURS/containers/registries.conf', '/etc/containers/registries.conf'],
    ['OURS/containers/registries.d', '/etc/containers/registries.d'],
    ['OURS/cache', '/var/lib/containers/cache'],
  ]);
  expect(env).toEqual({
    CONTAINERS_REGISTRIES_CONF: join(top, 'etc/containers/registries.conf'),
    CONTAINERS_REGISTRIES_CONF_OVERRIDE: '',
  });
  const ours = join(directory, 'containers');
  const conf = readFileSync(join(ours, 'registries.conf'), 'utf8');
  expect(registriesOf(conf)).toEqual(relayed);
  expect(parse(conf)['credential-helpers']).toEqual(['containers-auth.json']);
  const { docker } = JSON.parse(readFileSync(join(ours, 'registries.d/relay.yaml'), 'utf8'));
  expect(docker[`${relayHost}/${relaySecret}/r1`]['use-sigstore-attachments']).toBe(true);
  // There is a secret in them.
  for (const name of ['registries.conf', 'registries.d/relay.yaml'])
    expect(statSync(join(ours, name)).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(directory, 'cache'))).toEqual([]);
});

test('a registries.d of the user is read in the place of the others, so it is ours', async () => {
  const { mounts } = await on({ ...full, 'root/.config/containers/registries.d/mine.yaml': '' });
  expect(mounts).toContainEqual(['OURS/containers/registries.d', '/root/.config/containers/registries.d']);
});

test('where the host has no registries.d, /etc/containers is put together', async () => {
  const { mounts, directory } = await on({
    'etc/containers/registries.conf': 'old',
    'etc/containers/registries.rootful.d/b.yaml': '',
    'etc/containers/policy.json': '{}',
  });
  expect(mounts).toContainEqual(['/etc/containers/policy.json', 'OURS/containers/policy.json']);
  expect(mounts).toContainEqual(['OURS/containers', '/etc/containers']);
  expect(readdirSync(join(directory, 'containers')).sort()).toEqual([
    'policy.json',
    'registries.conf',
    'registries.d',
  ]);
});

test.each<{ name: string; situation: Situation }>([
  { name: 'who may not mount', situation: { mayMount: false } },
  { name: 'another user', situation: { uid: 1000 } },
])('$name gets a home that leads to the relay', async ({ situation }) => {
  const { mounts, env, directory, translate, top } = await on(
    {
      ...full,
      'root/.config/containers/registries.d/mine.yaml': '',
      'root/.config/containers/policy.json': '',
    },
    situation,
  );
  expect(mounts).toEqual([]);
  expect(env).toMatchObject({ HOME: join(directory, 'home'), CONTAINERS_REGISTRIES_CONF: '' });
  const containers = join(directory, 'home/.config/containers');
  expect(registriesOf(readFileSync(join(containers, 'registries.conf'), 'utf8'))).toEqual(relayed);
  expect(readdirSync(containers).sort()).toEqual([
    'certs.d',
    'policy.json',
    'registries.conf',
    'registries.conf.d',
    'registries.d',
  ]);
  // Those of the system are hidden by empty ones where podman reads them all.
  const signatures = join(containers, 'registries.d');
  expect(readdirSync(signatures).sort()).toEqual(['a.yaml', 'b.yaml', 'relay.yaml', 'v.yaml']);
  expect(readFileSync(join(signatures, 'a.yaml'), 'utf8')).toBe('');
  expect(translate(`${containers}/policy.json: ${relayHost}/${relaySecret}/r1/app:1`)).toBe(
    `${join(top, 'etc/containers')}/policy.json: quay.io/app:1`,
  );
});

test.each<{ name: string; files: TreeSpec; situation: Situation; why: RegExp }>([
  {
    name: 'cannot be given a home',
    files: { 'root/.config/containers/storage.conf': 'rootless_storage_path = "$HOME/store"\n' },
    situation: { uid: 1000 },
    why: /\$HOME/,
  },
  {
    name: 'refuses its registries.d',
    files: { ...full, 'etc/containers/registries.d/c.yaml': '- x\n' },
    situation: {},
    why: /registries\.d\/c\.yaml/,
  },
])('a podman that $name goes by itself', async ({ files, situation, why }) => {
  const { direct, directory } = await on(files, situation);
  expect(direct).toMatch(why);
  expect(existsSync(join(directory, 'containers'))).toBe(false);
});

test('a name fits unless it is too long at the relay', () => {
  const relay = relayPlaces();
  const room = 255 - relay.locationOf('quay.io').length;
  const name = `quay.io/${'a'.repeat(room - 1)}`;
  expect([
    fitsRelay(relay, `${name}:1`),
    fitsRelay(relay, `${name}a:1`),
    fitsRelay(relay, `${name}a`),
  ]).toEqual([true, false, false]);
});

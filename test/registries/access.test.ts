import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nowhere } from '../../src/diagnostic/place.js';
import type { AuthCandidate, ResolvedImage } from '../../src/model/resolved-image.js';
import { type AccessOptions, type RegistryAccess, registryAccess } from '../../src/registries/access.js';
import { parseAuthFile } from '../../src/resolve/auth-file.js';
import { resolvedImage } from '../support/planned-image.js';
import { makeRoots } from '../support/roots.js';
import { makeTree, symlink, type TreeSpec } from '../support/tree.js';

const conf = 'etc/containers/registries.conf';
const own: AuthCandidate = { kind: 'own' };
const digest = `sha256:${'0'.repeat(64)}`;

function imageOf(text: string, rest: Partial<ResolvedImage> = {}, tlsVerify?: boolean): ResolvedImage {
  const options = tlsVerify === undefined ? {} : { tlsVerify: { value: tlsVerify, place: nowhere } };
  return { ...resolvedImage(text, { options }), ...rest };
}

/** Without anything of the user who runs the tests. */
function accessTo(newRoot: TreeSpec, options: Partial<AccessOptions> = {}): RegistryAccess {
  const home = makeTree({});
  return registryAccess(makeRoots(newRoot), {
    version: undefined,
    env: { HOME: home, XDG_CACHE_HOME: join(home, 'cache'), XDG_RUNTIME_DIR: join(home, 'run') },
    uid: 1000,
    currentRootPath: null,
    ...options,
  });
}

/** Each source as `registry/repository` and reference, with a mark where it is insecure. */
function shownSources(access: RegistryAccess, image: ResolvedImage, candidate = own): readonly string[] {
  const found = access.sources(image, candidate);
  if (!found.ok) return [`${found.failure.code}: ${found.failure.message}`];
  return found.names.flatMap(({ sources }) =>
    sources.map(({ registry, repository, reference, isInsecure }) =>
      [registry, repository, reference, ...(isInsecure ? ['insecure'] : [])].join(' '),
    ),
  );
}

function credentialsOf(access: RegistryAccess, text: string, candidate: AuthCandidate) {
  const found = access.sources(imageOf(text), candidate);
  if (!found.ok) throw new Error(found.failure.message);
  return Promise.all(found.names.flatMap(({ sources }) => sources.map(({ credentials }) => credentials())));
}

test.each<{ name: string; conf: string; text: string; tlsVerify?: boolean; sources: readonly string[] }>([
  { name: 'itself', conf: '#', text: 'quay.io/a/b', sources: ['quay.io a/b latest'] },
  { name: 'a digest', conf: '#', text: `a.io/b:1@${digest}`, sources: [`a.io b ${digest}`] },
  {
    name: 'a mirror first, and each as insecure as what led there',
    conf: '[[registry]]\nprefix="a.io"\nlocation="b.io/x"\n[[registry.mirror]]\nlocation="m.io:5000"\ninsecure=true\n[[registry]]\nlocation="b.io"\ninsecure=true\n',
    text: 'a.io/p/q:1',
    sources: ['m.io:5000 p/q 1 insecure', 'b.io x/p/q 1'],
  },
  {
    name: 'all as the unit says',
    conf: '[[registry]]\nlocation="a.io"\n[[registry.mirror]]\nlocation="m.io"\ninsecure=true\n',
    text: 'a.io/b',
    tlsVerify: true,
    sources: ['m.io b latest', 'a.io b latest'],
  },
  {
    name: 'all insecure as the unit says',
    conf: '#',
    text: 'a.io/b',
    tlsVerify: false,
    sources: ['a.io b latest insecure'],
  },
  {
    name: 'what is not blocked',
    conf: '[[registry]]\nlocation="a.io"\nblocked=true\n[[registry.mirror]]\nlocation="m.io"\n',
    text: 'a.io/b',
    sources: ['m.io b latest'],
  },
  {
    name: 'nobody, where all is blocked',
    conf: '[[registry]]\nlocation="a.io"\nblocked=true\n',
    text: 'a.io/b',
    sources: ['blocked: registry a.io is blocked in /etc/containers/registries.conf:3'],
  },
  {
    name: 'nobody, where one location makes no name',
    conf: '[[registry]]\nlocation="a.io"\n[[registry.mirror]]\nlocation="mirror"\n',
    text: 'a.io/b',
    sources: [
      'reference: registries.conf makes “mirror/b:latest” of a.io/b:latest, which is not the name of an image',
    ],
  },
  {
    name: 'nobody, where the file is invalid',
    conf: '[[registry]]\nlocation="https://a.io"\n',
    text: 'a.io/b',
    sources: [
      'blocked: loading registries configuration /etc/containers/registries.conf:2: “https://a.io” is a URL',
    ],
  },
  {
    name: 'each search registry',
    conf: 'unqualified-search-registries=["docker.io","q.io"]\n',
    text: 'b',
    sources: ['docker.io library/b latest', 'q.io b latest'],
  },
  {
    name: 'what version 1 says',
    conf: "[registries.search]\nregistries=['q.io']\n[registries.insecure]\nregistries=['q.io/']\n",
    text: 'b',
    sources: ['q.io b latest insecure'],
  },
])('asks $name', ({ conf: text, text: reference, tlsVerify, sources }) => {
  expect(shownSources(accessTo({ [conf]: text }), imageOf(reference, {}, tlsVerify))).toEqual(sources);
});

test('podman 6 reads more, and no old format', () => {
  const tree = {
    'usr/share/containers/registries.conf': '[[registry]]\nlocation="a.io"\ninsecure=true\n',
    'usr/share/containers/registries.conf.d/a.conf': '[[registry]]\nlocation="b.io"\ninsecure=true\n',
    'etc/containers/registries.rootless.conf.d/b.conf': '[[registry]]\nlocation="c.io"\ninsecure=true\n',
    'etc/containers/registries.rootful.conf.d/c.conf': '[[registry]]\nlocation="d.io"\ninsecure=true\n',
  };
  const insecure = (version: string, uid: number) =>
    accessTo(tree, { version, uid }).configuration.registries.map(({ prefix }) => prefix);
  expect(insecure('5.8.0', 1000)).toEqual([]);
  expect(insecure('6.1.0', 1000)).toEqual(['a.io', 'b.io', 'c.io']);
  expect(insecure('6.1.0', 0)).toEqual(['a.io', 'b.io', 'd.io']);
  const old = { [conf]: "[registries.search]\nregistries=['q.io']\n" };
  expect(shownSources(accessTo(old, { version: '6.0.0' }), imageOf('a.io/b'))[0]).toMatch(/^blocked: /);
});

test('the environment names the file, and its drop-ins count before podman 6', () => {
  const directory = makeTree({ 'r.conf': '[[registry]]\nlocation="env.io"\n' });
  const tree = {
    [conf]: '[[registry]]\nlocation="a.io"\n',
    'etc/containers/registries.conf.d/a.conf': '[[registry]]\nlocation="b.io"\n',
  };
  const env = { HOME: directory, CONTAINERS_REGISTRIES_CONF: join(directory, 'r.conf') };
  const prefixes = (version: string) =>
    accessTo(tree, { version, env }).configuration.registries.map(({ prefix }) => prefix);
  expect(prefixes('5.8.0')).toEqual(['b.io', 'env.io']);
  expect(prefixes('6.0.0')).toEqual(['env.io']);
  const missing = { ...env, CONTAINERS_REGISTRIES_CONF: join(directory, 'none') };
  expect(shownSources(accessTo(tree, { env: missing }), imageOf('a.io/b'))[0]).toMatch(/does not exist/);
});

test('files of a user count for root with the running system alone', () => {
  const home = makeTree({ '.config/containers/registries.conf': '[[registry]]\nlocation="user.io"\n' });
  const tree = { [conf]: '[[registry]]\nlocation="a.io"\n' };
  const prefixes = (options: Partial<AccessOptions>) =>
    accessTo(tree, { env: { HOME: home }, ...options }).configuration.registries.map(({ prefix }) => prefix);
  expect(prefixes({ uid: 0, currentRootPath: '/' })).toEqual(['user.io']);
  expect(prefixes({ uid: 0, currentRootPath: null })).toEqual(['a.io']);
  expect(prefixes({ uid: 1000, currentRootPath: '/' })).toEqual(['a.io']);
  expect(prefixes({ uid: 0, currentRootPath: '/', version: '6.0.0' })).toEqual(['user.io']);
});

test('a root without a configuration of its own leaves this host’s', () => {
  expect(accessTo({ 'etc/containers/policy.json': '{}' }).isOfHost).toBe(true);
  expect(accessTo({ 'etc/containers/registries.conf.d/x.conf': '' }).isOfHost).toBe(false);
  expect(accessTo({ 'etc/docker/certs.d/a.io/ca.crt': '' }).isOfHost).toBe(false);
});

test('the aliases that this host remembers count first', () => {
  const home = makeTree({
    'cache/containers/short-name-aliases.conf': '[aliases]\n"a" = "cached.io/a"\n"c" = ""\n',
  });
  const tree = {
    [conf]:
      'unqualified-search-registries=["q.io"]\n[aliases]\n"a" = "conf.io/a"\n"b" = "conf.io/b"\n"c" = "conf.io/c"\n',
  };
  const access = accessTo(tree, { env: { HOME: home, XDG_CACHE_HOME: join(home, 'cache') } });
  expect(shownSources(access, imageOf('a:1'))).toEqual(['cached.io a 1']);
  expect(shownSources(access, imageOf('b:1'))).toEqual(['conf.io b 1']);
  expect(shownSources(access, imageOf('c:1'))).toEqual(['q.io c 1']);
});

test('certificates are those of the first directory of the host', () => {
  const tree = {
    'etc/containers/certs.d/a.io:5000/ca.crt': 'first',
    'etc/containers/certs.d/a.io:5000/notes.txt': '',
    'etc/docker/certs.d/a.io:5000/other.crt': 'second',
    'etc/docker/certs.d/b.io/client.cert': 'alone',
    'etc/docker/certs.d/c.io/ca.crt': symlink('/nowhere'),
    'usr/share/containers/certs.d/d.io/ca.crt': 'vendor',
    'usr/share/containers/certs.rootless.d/d.io/ca.crt': 'rootless',
  };
  const names = (text: string, version?: string) => {
    const found = accessTo(tree, { version }).sources(imageOf(text), own);
    return found.ok
      ? found.names.flatMap(({ sources }) =>
          sources.flatMap(({ certificates }) => certificates.map(({ name, bytes }) => `${name} ${bytes}`)),
        )
      : found.failure.message;
  };
  expect(names('a.io:5000/x')).toEqual(['ca.crt first']);
  expect(names('a.io/x')).toEqual([]);
  expect(names('b.io/x')).toMatch('client.cert is there without client.key');
  expect(names('c.io/x')).toEqual([]);
  expect(names('d.io/x')).toEqual([]);
  expect(names('d.io/x', '6.1.0')).toEqual(['ca.crt rootless']);
});

function fileCandidate(content: object): AuthCandidate {
  const parsed = parseAuthFile(Buffer.from(JSON.stringify(content)));
  if (!parsed.ok) throw new Error(parsed.problem);
  return { kind: 'file', authFile: parsed.authFile } as AuthCandidate;
}

function entry(user: string): { readonly auth: string } {
  return { auth: Buffer.from(`${user}:secret`).toString('base64') };
}

const mirrored = { [conf]: '[[registry]]\nlocation="a.io"\n[[registry.mirror]]\nlocation="m.io/x"\n' };

test('each source has the credentials of its own name', async () => {
  const candidate = fileCandidate({
    auths: { 'm.io/x/p': entry('deep'), 'm.io': entry('shallow'), 'https://a.io/v2/': entry('url') },
  });
  const found = await credentialsOf(accessTo(mirrored), 'a.io/p/q', candidate);
  expect(found).toEqual([
    { kind: 'password', username: 'deep', password: 'secret' },
    { kind: 'password', username: 'url', password: 'secret' },
  ]);
});

test('those of a unit go to the repository of its name alone', async () => {
  const found = await credentialsOf(accessTo(mirrored), 'a.io/p/q', { kind: 'creds', creds: 'me:pass:word' });
  expect(found).toEqual([{ kind: 'anonymous' }, { kind: 'password', username: 'me', password: 'pass:word' }]);
});

test('an identity token counts before a password', async () => {
  const candidate = fileCandidate({ auths: { 'a.io': { ...entry('00'), identitytoken: 'token' } } });
  const found = await credentialsOf(accessTo({ [conf]: '#' }), 'a.io/p', candidate);
  const login = { username: '00', password: 'secret' };
  expect(found).toEqual([{ kind: 'identity-token', token: 'token', login }]);
});

test('of podman’s own files, the first with an entry counts', async () => {
  const home = makeTree({
    'run/containers/auth.json': JSON.stringify({ auths: { 'a.io': {} } }),
    '.config/containers/auth.json': JSON.stringify({ auths: { 'a.io': entry('config') } }),
    '.docker/config.json': JSON.stringify({ credsStore: 'x', auths: { 'b.io': entry('docker') } }),
    '.dockercfg': JSON.stringify({ 'https://c.io/v1/': entry('legacy') }),
    'named.json': JSON.stringify({ auths: { 'c.io': entry('named') } }),
  });
  const env = { HOME: home, XDG_RUNTIME_DIR: join(home, 'run') };
  const access = accessTo({ [conf]: '#' }, { env });
  const user = async (text: string, of = access) => {
    const [found] = await credentialsOf(of, text, own);
    return found?.kind === 'password' ? found.username : found?.kind;
  };
  expect([await user('a.io/x'), await user('b.io/x'), await user('c.io/x'), await user('d.io/x')]).toEqual([
    'config',
    'docker',
    'legacy',
    'anonymous',
  ]);
  const named = accessTo({ [conf]: '#' }, { env: { ...env, REGISTRY_AUTH_FILE: join(home, 'named.json') } });
  expect([await user('a.io/x', named), await user('c.io/x', named)]).toEqual(['anonymous', 'named']);
  const older = accessTo(
    { [conf]: '#' },
    { version: '4.3.1', env: { ...env, REGISTRY_AUTH_FILE: join(home, 'named.json') } },
  );
  expect([await user('a.io/x', older), await user('c.io/x', older)]).toEqual(['config', 'named']);
  const [behind] = await credentialsOf(older, 'a.io/x', fileCandidate({}));
  expect(behind).toMatchObject({ username: 'config' });
  const tags = named.tagSources(imageOf('a.io/x'), fileCandidate({}));
  const [told, untold] = tags.ok ? tags.sources : [];
  expect(await told?.credentials()).toMatchObject({ kind: 'anonymous' });
  expect(await untold?.credentials()).toMatchObject({ username: 'config' });
  writeFileSync(join(home, 'run/containers/auth.json'), '{');
  expect(await user('b.io/x', accessTo({ [conf]: '#' }, { env }))).toBe('failed');
});

test('helpers are asked, each once, and say nothing of a secret', async () => {
  const directory = makeTree({ log: '' });
  mkdirSync(join(directory, 'bin'));
  const helper = join(directory, 'bin/docker-credential-test');
  writeFileSync(
    helper,
    `#!/bin/sh
read -r host || true
echo "$1 $host" >> ${directory}/log
case $host in
  a.io) echo '{"Username":"<token>","Secret":"token"}' ;;
  b.io) echo '{"Username":"me","Secret":"pass"}' ;;
  g.io) echo '{"username":"me","SECRET":"pass"} and more' ;;
  c.io) echo 'credentials not found in native keychain'; exit 1 ;;
  *) echo 'secret in an error'; exit 1 ;;
esac
`,
  );
  chmodSync(helper, 0o755);
  const env = { HOME: directory, PATH: `${join(directory, 'bin')}:${process.env.PATH}` };
  const access = accessTo({ [conf]: 'credential-helpers=["test", "absent", "../x"]\n' }, { env });
  const ask = (text: string) => credentialsOf(access, text, own);
  expect(await ask('a.io/x')).toEqual([{ kind: 'identity-token', token: 'token' }]);
  expect(await ask('b.io/x')).toEqual([{ kind: 'password', username: 'me', password: 'pass' }]);
  // As Go reads it.
  expect(await ask('g.io/x')).toEqual([{ kind: 'password', username: 'me', password: 'pass' }]);
  expect(await ask('b.io/y')).toEqual([{ kind: 'password', username: 'me', password: 'pass' }]);
  expect(await ask('c.io/x')).toEqual([{ kind: 'anonymous' }]);
  const [failed] = await ask('d.io/x');
  expect(failed).toMatchObject({
    kind: 'failed',
    failure: {
      code: 'authfile',
      message: 'no credentials for d.io: docker-credential-test failed (status 1)',
    },
  });
  expect(readFileSync(join(directory, 'log'), 'utf8')).toBe(
    'get a.io\nget b.io\nget g.io\nget c.io\nget d.io\n',
  );
});

test('a list of tags comes from the registry of the name, else from where its images do', () => {
  const tree = {
    [conf]:
      '[[registry]]\nlocation="a.io"\ninsecure=true\n[[registry.mirror]]\nlocation="m.io/x"\n' +
      '[[registry]]\nprefix="c.io"\nlocation="d.io/c"\n' +
      '[[registry]]\nlocation="b.io"\nblocked=true\n',
  };
  const access = accessTo(tree);
  const placesOf = (text: string, tlsVerify?: boolean) => {
    const listed = access.tagSources(imageOf(text, {}, tlsVerify), own);
    if (!listed.ok) return listed.failure.code;
    return listed.sources.map(
      ({ registry, repository, isInsecure }) => `${registry}/${repository}${isInsecure ? ' insecure' : ''}`,
    );
  };
  expect(placesOf('a.io/x:1')).toEqual(['a.io/x insecure', 'm.io/x/x']);
  expect(placesOf('a.io/x:1', true)).toEqual(['a.io/x', 'a.io/x insecure', 'm.io/x/x']);
  expect(placesOf('c.io/x:1')).toEqual(['c.io/x', 'd.io/c/x']);
  expect(placesOf('x')).toEqual(['docker.io/library/x']);
  expect(placesOf('b.io/x')).toBe('blocked');
});

test('a short name that this host does not know may be known to the image below a few files', () => {
  const named = (tree: Parameters<typeof accessTo>[0]) => {
    const env = { CONTAINERS_REGISTRIES_CONF: join(makeTree({ 'own.conf': '' }), 'own.conf') };
    const sources = accessTo(tree, { env }).sources(imageOf('surely-no-short-name-here'), own);
    return sources.ok ? 'resolved' : sources.failure.code;
  };
  expect(named({ [conf]: '#' })).toBe('reference');
  expect(named({ 'etc/other': '' })).toBe('unsupported');
});

test('of links to one directory of certificates, no more is kept than of any host', () => {
  const links = Array.from({ length: 100 }, (_, index) => [
    `etc/containers/certs.d/r${index}.io`,
    symlink('r.io'),
  ]);
  const files = { 'etc/containers/certs.d/r.io/ca.crt': Buffer.alloc(1024 * 1024) };
  const certificates = accessTo({ ...Object.fromEntries(links), ...files }).certificates();
  const kept = [...certificates.values()].filter(({ ok }) => ok);
  expect(certificates.size).toBe(101);
  expect(kept.length).toBe(16);
});

test('of links to one large file, no more is read than of any host', () => {
  const large = `#${'x'.repeat(1024 * 1024 - 2)}\n`;
  const dropIns = Array.from({ length: 50 }, (_, index) => [`${conf}.d/${index}.conf`, symlink('../large')]);
  const access = accessTo({ 'etc/containers/large': large, ...Object.fromEntries(dropIns) });
  expect(shownSources(access, imageOf('r.io/x:1'))).toEqual([
    expect.stringMatching(/^blocked: loading registries configuration .*large/),
  ]);
});

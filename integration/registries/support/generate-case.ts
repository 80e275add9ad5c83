import { randomFraction } from '../../support/random-fraction.js';
import { clientNames, type RegistryCase, tokenHosts } from './registry-case.js';
import type { HostBehaviour } from './replies.js';
import type { TestCertificates } from './test-certificates.js';

/** Draws from an endless row of random numbers that follows from the seed and the index. */
interface Random {
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(values: readonly T[]) => T;
  /** A whole number from 0 to `below` - 1. */
  readonly count: (below: number) => number;
}

const registries = [
  'reg.example',
  'reg.example:5000',
  'mirror.example',
  'mirror.example:8443',
  'cache.example',
  'deep.sub.example',
  'quay.test',
  'docker.io',
] as const;
const paths = ['app', 'team/app', 'team/sub/app', 'other/app'] as const;
const wrongDigest = `sha256:${'0'.repeat(64)}`;

/**
 * Returns the case `index` of the row of cases `seed`. Most of it belongs together, so that configuration is used and not
 * only read: what is generated are variations of a host that brings mirrors.
 */
export function generateCase(
  seed: number,
  index: number,
  certificates: TestCertificates,
  digest: string,
): RegistryCase {
  const random = newRandom(seed, index);
  const registry = random.pick(registries);
  // Few, so that what one file says meets what another one says.
  const world = [registry, random.pick(registries), random.pick(registries), random.pick(registries)];
  const path = random.pick(paths);
  const files = new Map<string, string>();
  const isShort = random.chance(0.12);
  const hub = registry === 'docker.io' && random.chance(0.3) ? 'index.docker.io' : registry;
  const name = isShort ? random.pick(['app', 'team/app', 'tiny']) : `${hub}/${path}`;
  registriesConf(random, { world, registry, path, name, isShort }, files);
  certificateDirectories(random, certificates, world, files);
  const authFile = authFiles(random, world, path, files);
  const env = variables(random, { world, registry, path, name, isShort }, files, authFile === undefined);
  const certDir = random.chance(0.06) ? certificatesOf(random, certificates) : undefined;
  return {
    name: `${seed}-${index}`,
    files,
    authFile,
    certDir,
    env,
    reference: `${name}${random.pick(['', ':1.0', ':1.0', `@${digest}`, `:1.0@${digest}`, random.chance(0.2) ? `@${wrongDigest}` : ':2'])}`,
    tlsVerify: random.pick([undefined, undefined, undefined, true, false]),
    hosts: behaviours(random),
  };
}

function newRandom(seed: number, index: number): Random {
  let drawn = 0;
  const next = () => {
    drawn += 1;
    return randomFraction(seed, `${index} ${drawn}`);
  };
  const count = (below: number) => Math.floor(next() * below);
  return {
    chance: (probability) => next() < probability,
    count,
    pick: (values) => values[count(values.length)] as (typeof values)[number],
  };
}

interface Subject {
  /** The registries that the case is about, `registry` first. */
  readonly world: readonly string[];
  readonly registry: string;
  readonly path: string;
  readonly name: string;
  readonly isShort: boolean;
}

function registriesConf(random: Random, subject: Subject, files: Map<string, string>): void {
  const system = '/etc/containers/registries.conf';
  if (random.chance(0.9))
    files.set(system, random.chance(0.07) ? versionOne(random, subject) : versionTwo(random, subject, true));
  const dropIns = random.chance(0.5) ? random.count(3) : 0;
  for (let i = 0; i < dropIns; i += 1) {
    const name = random.pick(['00-a.conf', '50-b.conf', '99-c.conf', 'Z.conf', '.hidden.conf', 'not.txt']);
    files.set(`${system}.d/${name}`, versionTwo(random, subject, false));
  }
  if (random.chance(0.03)) files.set(`${system}.d/below/10.conf`, versionTwo(random, subject, false));
  if (random.chance(0.06))
    files.set('~/.config/containers/registries.conf', versionTwo(random, subject, true));
  if (random.chance(0.06))
    files.set('~/.config/containers/registries.conf.d/60-user.conf', versionTwo(random, subject, false));
  if (random.chance(subject.isShort ? 0.4 : 0.05))
    files.set('/var/cache/containers/short-name-aliases.conf', aliases(random, subject));
}

function versionOne(random: Random, subject: Subject): string {
  const list = () =>
    JSON.stringify(Array.from({ length: random.count(3) }, () => random.pick(subject.world)));
  return [
    `[registries.search]\nregistries = ${list()}`,
    `[registries.insecure]\nregistries = ${list()}`,
    ...(random.chance(0.4) ? [`[registries.block]\nregistries = ${list()}`] : []),
    ...(random.chance(0.1) ? [table(random, subject)] : []),
  ].join('\n');
}

function versionTwo(random: Random, subject: Subject, isMain: boolean): string {
  const top: string[] = [];
  if (random.chance(subject.isShort ? 0.7 : 0.2)) {
    const searched = Array.from({ length: random.count(4) }, () => random.pick(subject.world));
    top.push(`unqualified-search-registries = ${JSON.stringify(searched)}`);
  }
  if (random.chance(subject.isShort ? 0.6 : 0.08)) {
    const odd = random.chance(0.1) ? random.pick(['', 'prompt']) : 'disabled';
    const mode = random.pick(['disabled', 'disabled', 'permissive', 'enforcing', odd]);
    top.push(`short-name-mode = "${mode}"`);
  }
  if (random.chance(0.06)) {
    const helpers = random.pick([
      ['containers-auth.json'],
      ['echo', 'containers-auth.json'],
      ['containers-auth.json', 'echo'],
      ['none', 'containers-auth.json'],
      ['missing'],
      [],
    ]);
    top.push(`credential-helpers = ${JSON.stringify(helpers)}`);
  }
  if (random.chance(0.03))
    top.push(random.pick(['unknown-key = 1', 'short-name-mode = 3', 'location = "x"']));
  const count = isMain ? random.pick([0, 1, 1, 2, 2, 3]) : random.pick([0, 1, 1, 2]);
  const tables = Array.from({ length: count }, () => table(random, subject));
  const parts = [...top, ...tables];
  if (random.chance(subject.isShort ? 0.5 : 0.05)) parts.push(aliases(random, subject));
  if (random.chance(0.02))
    parts.push(random.pick(['[[registry', 'a = ', '[registry]\nprefix = "x"', '\u0000', '= 1']));
  return `${parts.join('\n')}\n`;
}

function table(random: Random, subject: Subject): string {
  const { registry, path } = subject;
  const [first = ''] = path.split('/');
  const prefix = random.pick([
    registry,
    registry,
    `${registry}/${first}`,
    `${registry}/${path}`,
    '*.example',
    '*.sub.example',
    random.pick(subject.world),
    `${registry}/`,
    random.chance(0.15)
      ? random.pick([
          `${registry}/${path}:1.0`,
          '*',
          '*.example/team',
          `https://${registry}`,
          'REG.example',
          '',
        ])
      : registry,
  ]);
  const lines = ['[[registry]]'];
  const hasPrefix = random.chance(0.7);
  if (hasPrefix) lines.push(`prefix = "${prefix}"`);
  // Without a location, only a wildcard is valid.
  if (!hasPrefix || random.chance(prefix.startsWith('*.') ? 0.5 : 0.98))
    lines.push(
      `location = "${!hasPrefix && random.chance(0.7) ? prefix : location(random, subject, prefix)}"`,
    );
  if (random.chance(0.25)) lines.push(`insecure = ${truth(random)}`);
  if (random.chance(0.08)) lines.push(`blocked = ${truth(random)}`);
  const byDigest = random.chance(0.1);
  if (byDigest) lines.push(`mirror-by-digest-only = ${truth(random)}`);
  if (random.chance(0.015))
    lines.push(random.pick(['Insecure = true', 'unknown = 1', 'pull-from-mirror = "all"', 'blocked = "no"']));
  const mirrors = random.pick([0, 0, 1, 1, 2, 3]);
  for (let i = 0; i < mirrors; i += 1) {
    lines.push('[[registry.mirror]]', `location = "${location(random, subject, hasPrefix ? prefix : '')}"`);
    if (random.chance(0.3)) lines.push(`insecure = ${truth(random)}`);
    if (random.chance(byDigest ? 0.02 : 0.25)) {
      const when = random.pick([
        'all',
        'digest-only',
        'tag-only',
        '',
        random.chance(0.05) ? 'sometimes' : 'tag-only',
      ]);
      lines.push(`pull-from-mirror = "${when}"`);
    }
    if (random.chance(0.005)) lines.push(random.pick(['prefix = "x"', 'blocked = true', 'insecure = 1']));
  }
  return lines.join('\n');
}

function truth(random: Random): string {
  return random.pick(['true', 'true', 'true', 'false']);
}

function location(random: Random, { world, path }: Subject, prefix: string): string {
  const odd = [
    '',
    'https://reg.example',
    'reg.example/UPPER',
    'reg.example:5000:1',
    'reg.example/a b',
    'reg.example//x',
    '/',
  ];
  if (random.chance(0.01)) return random.pick(odd);
  const isWhole = prefix.endsWith(`/${path}`) && random.chance(0.95);
  const below = isWhole
    ? ['/mirrored', '/a/b']
    : ['', '', '/mirrored', '/a/b', random.chance(0.2) ? '/' : ''];
  return `${random.pick(world)}${random.pick(below)}`;
}

function aliases(random: Random, { world, name, registry, path, isShort }: Subject): string {
  const lines = ['[aliases]'];
  const target = random.pick([
    `${registry}/${path}`,
    `${random.pick(world)}/alias/app`,
    '',
    random.chance(0.1)
      ? random.pick([`${registry}/${path}:1.0`, 'short', 'UPPER/x', 'docker.io/app', registry])
      : `${registry}/${path}`,
  ]);
  lines.push(`"${isShort ? name : 'app'}" = "${target}"`);
  if (random.chance(0.2))
    lines.push(`"${random.pick(['other', 'tiny2', 'team/other', 'reg.example/x', 'x:1'])}" = "quay.test/x"`);
  return lines.join('\n');
}

function certificateDirectories(
  random: Random,
  certificates: TestCertificates,
  world: readonly string[],
  files: Map<string, string>,
): void {
  const directories = [
    '/etc/containers/certs.d',
    '/etc/containers/certs.d',
    '/etc/docker/certs.d',
    '~/.config/containers/certs.d',
  ];
  const count = random.pick([0, 0, 1, 1, 2, 3]);
  for (let i = 0; i < count; i += 1) {
    const host = random.pick([
      ...world,
      random.pick(['registry-1.docker.io', 'auth.example', ...registries]),
    ]);
    const directory = `${random.pick(directories)}/${host}`;
    for (const [name, text] of certificatesOf(random, certificates)) files.set(`${directory}/${name}`, text);
    if (random.chance(0.03)) files.set(`${directory}/README`, 'read me\n');
    if (random.chance(0.03)) files.set(`${directory}/`, '');
  }
}

function certificatesOf(random: Random, certificates: TestCertificates): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  if (random.chance(0.7)) files.set('ca.crt', certificates.otherCa);
  if (random.chance(0.4)) {
    const client = random.pick(clientNames);
    const pair = certificates.clients.get(client);
    if (!random.chance(0.06)) files.set(`${client}.cert`, pair?.cert ?? '');
    if (!random.chance(0.06)) files.set(`${client}.key`, pair?.key ?? '');
  }
  if (random.chance(0.04)) files.set('odd.crt', 'no certificate\n');
  if (random.chance(0.02)) files.set('bad.cert', random.pick(['', 'no certificate\n']));
  return files;
}

function variables(
  random: Random,
  subject: Subject,
  files: Map<string, string>,
  hasOwnAuth: boolean,
): ReadonlyMap<string, string> {
  const env = new Map<string, string>();
  if (random.chance(0.05)) {
    env.set('CONTAINERS_REGISTRIES_CONF', '~/named.conf');
    if (random.chance(0.9)) files.set('~/named.conf', versionTwo(random, subject, true));
  }
  if (random.chance(0.05)) {
    env.set('XDG_CONFIG_HOME', '~/xdg');
    files.set('~/xdg/containers/registries.conf', versionTwo(random, subject, true));
    files.set('~/xdg/containers/auth.json', authText(random, subject.world, subject.path, 'xdg'));
  }
  if (random.chance(0.04)) {
    env.set('DOCKER_CONFIG', '~/docker');
    files.set('~/docker/config.json', authText(random, subject.world, subject.path, 'docker'));
  }
  if (hasOwnAuth && random.chance(0.1)) {
    env.set('REGISTRY_AUTH_FILE', '~/named-auth.json');
    files.set('~/named-auth.json', authText(random, subject.world, subject.path, 'named'));
  }
  return env;
}

function authFiles(
  random: Random,
  world: readonly string[],
  path: string,
  files: Map<string, string>,
): string | undefined {
  const elsewhere = [
    '/run/containers/0/auth.json',
    '~/.config/containers/auth.json',
    '~/.docker/config.json',
  ];
  for (const file of elsewhere)
    if (random.chance(0.15)) files.set(file, authText(random, world, path, file.split('/')[1] ?? ''));
  if (random.chance(0.05))
    files.set(
      '~/.dockercfg',
      JSON.stringify({ [random.pick([world[0] ?? '', `https://${world[0]}/v1/`])]: entry('legacy') }),
    );
  return random.chance(0.7) ? authText(random, world, path, 'given') : undefined;
}

function authText(random: Random, world: readonly string[], path: string, who: string): string {
  const auths: Record<string, unknown> = {};
  const count = random.pick([0, 1, 2, 3, 4, 5]);
  const [first = ''] = path.split('/');
  let isUrlUsed = false;
  for (let i = 0; i < count; i += 1) {
    const host = random.pick(world);
    // Which of two keys with a scheme wins is luck, since podman goes through a map.
    const url = random.pick([
      `https://${host}`,
      `http://${host}/`,
      `https://${host}/v1/`,
      'https://index.docker.io/v1/',
      'index.docker.io',
    ]);
    const plain = random.pick([
      host,
      `${host}/${first}`,
      `${host}/${path}`,
      `${host}/mirrored`,
      `${host}/mirrored/${path}`,
      `${host}/a`,
    ]);
    const isUrl = !isUrlUsed && random.chance(0.2);
    if (isUrl) isUrlUsed = true;
    const key = isUrl ? url : plain;
    auths[key] = random.chance(0.12) ? oddEntry(random) : entry(`${who}-${i}`, random.chance(0.12));
  }
  const config: Record<string, unknown> = { auths };
  if (random.chance(0.18)) {
    const helper = random.pick(['echo', 'echo', 'identity', 'none', 'broken', 'missing']);
    config.credHelpers = { [random.pick(world)]: helper };
  }
  if (random.chance(0.03)) config.credsStore = 'echo';
  if (random.chance(0.02))
    return random.pick([
      '',
      '{',
      '[]',
      '{"auths": []}',
      '{"auths": null}',
      'null',
      '{"auths":{"reg.example":1}}',
    ]);
  return JSON.stringify(config);
}

function entry(who: string, isIdentity = false): Readonly<Record<string, string>> {
  const auth = Buffer.from(`user-${who}:pass:${who}`).toString('base64');
  return isIdentity ? { auth, identitytoken: `token-${who}` } : { auth };
}

function oddEntry(random: Random): unknown {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return random.pick([
    {},
    { auth: '' },
    { auth: 'no base64!' },
    { auth: base64('no colon') },
    { auth: base64('user:') },
    { auth: base64(':password') },
    { auth: base64('user:trailing\0\0') },
    { auth: base64('user:pass').replace(/=+$/, '') },
    { identitytoken: 'alone' },
    { username: 'u', password: 'p' },
    { Auth: base64('upper:case') },
    { auth: null },
    { auth: `${base64('user:newline')}\n` },
  ]);
}

function behaviours(random: Random): ReadonlyMap<string, HostBehaviour> {
  const hosts = new Map<string, HostBehaviour>();
  const names = registries.map((name) => (name === 'docker.io' ? 'registry-1.docker.io' : name));
  for (const name of names) {
    const auth = random.pick(['none', 'basic', 'bearer'] as const);
    hosts.set(name, {
      listens: random.pick(['https', 'https', 'https', 'https', 'both', 'plain', 'down'] as const),
      certificate: random.pick(['trusted', 'trusted', 'trusted', 'other'] as const),
      demandsClient: random.chance(0.1),
      auth,
      ...(auth === 'bearer' && random.chance(0.7) ? { tokenServer: random.pick(tokenHosts) } : {}),
      manifest: random.pick(['found', 'found', 'found', 'missing', 'denied'] as const),
      accepts: random.pick(['anonymous-too', 'any', 'any', 'any', 'nobody:at-all'] as const),
    });
  }
  for (const name of tokenHosts)
    hosts.set(name, {
      listens: random.pick(['https', 'https', 'https', 'https', 'https', 'both', 'plain', 'down'] as const),
      certificate: random.chance(0.85) ? 'trusted' : 'other',
      demandsClient: random.chance(0.05),
      auth: 'none',
      manifest: 'missing',
      accepts: random.pick(['anonymous-too', 'anonymous-too', 'any', 'nobody:at-all'] as const),
    });
  return hosts;
}

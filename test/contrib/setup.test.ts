import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readNeeds } from '../../integration/support/needs.js';

/** Programs of packages that every Debian has, also one that debootstrap has made as small as it can be. */
const always: Readonly<Record<string, readonly string[]>> = {
  apt: ['apt-get'],
  bash: ['bash'],
  bsdutils: ['script'],
  coreutils: [
    'chown',
    'chroot',
    'cp',
    'dd',
    'env',
    'md5sum',
    'mkfifo',
    'nice',
    'sha256sum',
    'sleep',
    'sync',
    'truncate',
  ],
  dash: ['dash', 'sh'],
  debianutils: ['which'],
  diffutils: ['cmp'],
  dpkg: ['dpkg-deb'],
  findutils: ['find', 'xargs'],
  grep: ['grep'],
  gzip: ['gzip'],
  'libc-bin': ['ldd'],
  'perl-base': ['perl'],
  tar: ['tar'],
  'util-linux': ['flock', 'ionice', 'nsenter', 'prlimit', 'unshare'],
};

/** Who runs the tests has these: without them there is no checkout, and no npm to run them. */
const given = ['git', 'npm'];

/** Programs that come with another one that is needed, as `gpgconf` is a dependency of gpg and of gpg-agent. */
const broughtAlong: Readonly<Record<string, string>> = { mount: 'umount', gpgconf: 'gpg' };

/** What a benchmark makes use of where it is there, and says so where it is not. */
const optional = ['ip', 'strace', 'tc'];

const root = join(import.meta.dirname, '../..');

/** Every file that a test or the demo may be in, or be helped by. */
function sources(): readonly string[] {
  return ['integration', 'test', 'contrib'].flatMap((directory) =>
    readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(root, directory, name)),
  );
}

/** The same without what only packages and their tests need. */
function everyDay(): ReadonlySet<string> {
  const ofPackages = ['integration/package', 'contrib/package'].map((directory) => join(root, directory));
  const files = sources().filter((file) => !ofPackages.some((directory) => file.startsWith(directory)));
  return new Set([...files, ...importedBy(join(root, 'integration/executable.test.ts'))]);
}

/** A file with those that it imports, and that these import. */
function importedBy(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  const imports = readFileSync(file, 'utf8').matchAll(/ from '(\.[^']+)\.js';/g);
  for (const [, name = ''] of imports) importedBy(join(dirname(file), `${name}.ts`), found);
  return found;
}

/** The names of programs that files start, each with one of these. */
function startedBy(files: Iterable<string>): ReadonlyMap<string, string> {
  const started = new Map<string, string>();
  for (const file of files) {
    const calls = readFileSync(file, 'utf8').matchAll(
      /(?<![.\w])(?:exec|execOk|start|spawn|spawnSync|execFile|execFileSync)\(\s*'([\w.+-]+)',\s*\[|(?<!\.)findProgram\('([\w.+-]+)'/g,
    );
    for (const [, run, found = ''] of calls) started.set(run ?? found, file);
  }
  return started;
}

describe.each([
  { mode: 'package', files: sources, some: ['xz', 'qemu-aarch64'] },
  { mode: 'test', files: everyDay, some: ['podman', 'patch', 'mkfs.ext4', 'unshare'] },
  {
    mode: 'demo',
    files: () => importedBy(join(root, 'contrib/demo/demo.ts')),
    some: ['skopeo', 'docker-registry', 'openssl'],
  },
] as const)('a machine that has only git, node and npm gets for the $mode', ({ mode, files, some }) => {
  const needs = readNeeds(mode);
  const installed = new Set(needs.flatMap(({ names }) => names));
  const known = new Set([...installed, ...Object.values(always).flat(), ...given, ...optional]);

  test('every program that is started', () => {
    const started = startedBy(files());
    expect([...started.keys()]).toEqual(expect.arrayContaining([...some]));
    const missing = [...started].filter(
      ([name]) => !known.has(name) && !installed.has(broughtAlong[name] ?? ''),
    );
    expect(missing, 'add them to the list of integration/setup, with their packages').toEqual([]);
  });

  test('each of them from one package, written as the set-up reads it', () => {
    for (const { names, debianPackage } of needs) {
      expect(debianPackage, names.join()).toMatch(/^[a-z0-9][a-z0-9.+-]+$/);
    }
  });
});

test('the set-up is a script that the shell can read', () => {
  execFileSync('bash', ['-n', join(root, 'integration/setup')]);
});

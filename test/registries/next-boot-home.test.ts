import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nextBootHome } from '../../src/registries/next-boot-home.js';
import { makeRoots } from '../support/roots.js';
import { makeTree, symlink, type TreeSpec } from '../support/tree.js';

const etc = 'etc/containers';

function from(registry: string): string {
  return `unqualified-search-registries = [ "${registry}" ]\n`;
}

/** The files of the home that is made for a root, by their path below `.config/containers`. */
function homeOf(newRoot: TreeSpec, currentRoot: TreeSpec = {}) {
  const directory = makeTree({});
  const home = nextBootHome(makeRoots(newRoot, currentRoot).newRoot, () => directory, { HOME: '/home/me' });
  const containers = join(directory, '.config/containers');
  const files = home === undefined ? [] : readdirSync(containers, { recursive: true, withFileTypes: true });
  const texts = files
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
    .map((path) => [path.slice(containers.length + 1), readFileSync(path, 'utf8')]);
  return { home, directory, texts: Object.fromEntries(texts) };
}

test('has what the next boot has in /etc/containers of registries and their certificates', () => {
  const { home, directory, texts } = homeOf(
    {
      [`${etc}/registries.conf`]: from('shipped'),
      [`${etc}/registries.conf.d/50-a.conf`]: symlink('/usr/share/a.conf'),
      [`${etc}/registries.conf.d/README`]: 'no drop-in',
      [`${etc}/registries.conf.d/60-outside.conf`]: symlink('/nonexistent'),
      'usr/share/a.conf': from('a'),
      [`${etc}/certs.d/r.example:5000/ca.crt`]: 'ca',
      [`${etc}/certs.d/r.example:5000/notes.txt`]: 'no certificate',
      [`${etc}/policy.json`]: '{}',
    },
    { [`${etc}/registries.conf`]: from('changed'), [`usr/${etc}/registries.conf`]: from('shipped') },
  );
  expect(texts).toEqual({
    'registries.conf': from('changed'),
    'registries.conf.d/50-a.conf': from('a'),
    'certs.d/r.example:5000/ca.crt': 'ca',
  });
  expect(home?.env).toEqual({ HOME: directory, XDG_CONFIG_HOME: join(directory, '.config') });
  const certificate = join(directory, '.config/containers/certs.d/r.example:5000/ca.crt');
  expect(statSync(certificate).mode & 0o777).toBe(0o600);
});

test('has an empty registries.conf where the root has drop-ins alone, so that the host’s does not count', () => {
  const { texts } = homeOf({ [`${etc}/registries.conf.d/a.conf`]: from('a') });
  expect(texts).toEqual({ 'registries.conf': '', 'registries.conf.d/a.conf': from('a') });
});

test('is not made for a root that says nothing of registries', () => {
  expect(homeOf({ [`${etc}/policy.json`]: '{}' }).home).toBeUndefined();
});

test('has all else of the real home, with which credential helpers work', () => {
  const real = makeTree({
    '.docker/config.json': 'docker',
    '.aws/credentials': 'aws',
    '.config/gcloud/config': 'gcloud',
    '.config/containers/auth.json': 'auth',
    '.config/containers/registries.conf': 'of this host',
    '.config/containers/certs.d/r.example/ca.crt': 'of this host',
  });
  const directory = makeTree({});
  const { newRoot } = makeRoots({ [`${etc}/registries.conf`]: from('root') });
  nextBootHome(newRoot, () => directory, { HOME: real });
  const textOf = (path: string) => readFileSync(join(directory, path), 'utf8');
  expect(['.docker/config.json', '.aws/credentials', '.config/gcloud/config'].map(textOf)).toEqual([
    'docker',
    'aws',
    'gcloud',
  ]);
  expect(textOf('.config/containers/auth.json')).toBe('auth');
  expect(textOf('.config/containers/registries.conf')).toBe(from('root'));
  expect(existsSync(join(directory, '.config/containers/certs.d'))).toBe(false);
});

test('turns its own paths back into those of the root', () => {
  const { home, directory } = homeOf({ [`${etc}/registries.conf`]: '' });
  const text = `registry r.example is blocked in ${directory}/.config/containers/registries.conf`;
  expect(home?.translate(text)).toBe('registry r.example is blocked in /etc/containers/registries.conf');
});

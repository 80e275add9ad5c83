import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rootPath } from '../src/model/path.js';
import { parseRegistriesFile } from '../src/registries/conf/parse.js';
import { mergeRegistriesFiles } from '../src/registries/conf/registries-conf.js';
import type { RegistriesFile } from '../src/registries/conf/registries-file.js';
import { pullSources } from '../src/registries/conf/registry.js';
import { exec } from './support/exec.js';
import { podmanOf } from './support/podman-suites.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

let skopeo: string;
let directory: string;

beforeAll(async () => {
  skopeo = (await podmanOf('5.8')).skopeo;
  directory = await tempDir(cleanup);
});

/** What skopeo says when it asks for an image that no registry has. */
async function inspect(conf: string, name: string): Promise<string> {
  const path = join(directory, 'registries.conf');
  await writeFile(path, conf);
  const args = ['--debug', '--registries-conf', path, 'inspect', '--raw', `docker://${name}`];
  return (await exec(skopeo, args)).stderr;
}

function parse(conf: string): RegistriesFile {
  const path = rootPath('/etc/containers/registries.conf');
  return parseRegistriesFile({ path, ok: true, bytes: Buffer.from(conf) }, false);
}

function isValid(conf: string): boolean {
  return !parse(conf).diagnostics.some(({ rule }) => rule === 'registries-conf-invalid');
}

const registry = '[[registry]]\nlocation = "a.example.com"\n';

describe('a registries.conf is refused exactly where skopeo refuses it', () => {
  test.each([
    '',
    '[[registry]\n',
    '[registry]\nlocation = "a.example.com"\n',
    '[[registry]]\n',
    registry,
    `${registry}${registry}`,
    `${registry}insecure = "true"\n`,
    `${registry}insecure = 1\n`,
    `${registry}Insecure = 1\n`,
    `${registry}insecure = true\n${registry}`,
    `${registry}prefix = "b.example.com"\nblocked = true\n${registry}`,
    `${registry}prefix = "https://b.example.com"\n`,
    `${registry}unknown = 1\n`,
    `${registry}pull-from-mirror = "all"\n`,
    '[[registry]]\nlocation = "a.example.com///"\n',
    '[[registry]]\nlocation = "http://a.example.com"\n',
    '[[registry]]\nprefix = "a.example.com"\n',
    '[[registry]]\nprefix = "*.example.com"\n',
    '[[registry]]\nprefix = "*.example.com:5000"\n',
    '[[registry]]\nprefix = "*.example.com/"\n',
    '[[registry]]\nprefix = "*.example.com/x"\nlocation = "b.example.com"\n',
    '[[registry]]\nlocation = "*.example.com/x"\n',
    `${registry}[[registry.mirror]]\n`,
    `${registry}[registry.mirror]\nlocation = "m.example.com"\n`,
    `${registry}[[registry.mirror]]\nlocation = "/"\n`,
    `${registry}[[registry.mirror]]\nlocation = "https://m.example.com"\n`,
    `${registry}[[registry.mirror]]\nlocation = "m.example.com"\npull-from-mirror = "digest"\n`,
    `${registry}[[registry.mirror]]\nlocation = "m.example.com"\npull-from-mirror = "tag-only"\n`,
    `${registry}mirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "m.example.com"\npull-from-mirror = "all"\n`,
    `${registry}mirror-by-digest-only = false\n[[registry.mirror]]\nlocation = "m.example.com"\npull-from-mirror = "all"\n`,
    'unqualified-search-registries = "docker.io"\n',
    'unqualified-search-registries = ["docker.io", 1]\n',
    'unqualified-search-registries = ["docker.io/"]\n',
    'unqualified-search-registries = ["docker.io/library"]\n',
    'unqualified-search-registries = ["https://docker.io"]\n',
    'unqualified-search-registries = ["localhost:5000"]\n',
    'unqualified-search-registries = [""]\n',
    'credential-helpers = "pass"\n',
    'short-name-mode = ""\n',
    'short-name-mode = "permissive"\n',
    'short-name-mode = "Permissive"\n',
    'short-name-mode = true\n',
    '[aliases]\n"a" = "example.com/a"\n',
    '[aliases]\n"a" = ""\n',
    '[aliases]\n"a" = "example.com/a:1"\n',
    '[aliases]\n"a" = "library/a"\n',
    '[aliases]\n"a:1" = "example.com/a"\n',
    '[aliases]\n"example.com/a" = "example.com/a"\n',
    '[aliases]\n"localhost/a" = "example.com/a"\n',
    '[aliases]\n"A" = "example.com/a"\n',
    '[aliases]\na = 1\n',
    "[registries.search]\nregistries = ['a.example.com']\n",
    "[registries.search]\nregistries = 'a.example.com'\n",
    `[registries.search]\nregistries = ['a.example.com']\n${registry}`,
    `[registries.search]\n${registry}`,
  ])('%s', async (conf) => {
    const refused = /level=fatal .*loading registries configuration/.test(
      await inspect(conf, '127.0.0.1:1/x'),
    );
    expect(isValid(conf)).toBe(!refused);
  });
});

describe('an image is taken from where skopeo takes it', () => {
  test('whatever prefixes, mirrors and blocks there are', async () => {
    const prefix = fc.constantFrom(
      '*.invalid',
      '*.b.invalid',
      'a.b.invalid',
      'a.b.invalid/x',
      'a.b.invalid/x/y',
      'a.b.invalid/x/y:1',
      'a.b.invalid/xx',
      'b.invalid',
    );
    const mirror = fc
      .tuple(
        fc.constantFrom('127.0.0.1:1/m', '127.0.0.1:1/n'),
        fc.constantFrom('all', 'digest-only', 'tag-only'),
      )
      .map(
        ([location, pulls]) =>
          `[[registry.mirror]]\nlocation = "${location}"\npull-from-mirror = "${pulls}"\n`,
      );
    const table = fc
      .tuple(prefix, fc.nat({ max: 5 }), fc.array(mirror, { maxLength: 2 }))
      .map(([text, kind, mirrors]) => {
        const location =
          kind > 2 ? `location = "127.0.0.1:1/r"\n` : text.startsWith('*') ? '' : `location = "${text}"\n`;
        return `[[registry]]\nprefix = "${text}"\n${location}${kind === 0 ? 'blocked = true\n' : ''}${mirrors.join('')}`;
      });
    const name = fc.constantFrom(
      'a.b.invalid/x/y:1',
      'a.b.invalid/x/z:1',
      `a.b.invalid/x/y@sha256:${'0'.repeat(64)}`,
      'c.b.invalid/x:1',
      'b.invalid/x:1',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(table, { maxLength: 4 }), name, async (tables, image) => {
        const conf = tables.join('');
        fc.pre(isValid(conf));
        const output = await inspect(conf, image);
        const theirs = [...output.matchAll(/Trying to access \\"([^"\\]+)\\"/g)].map(([, source]) => source);
        const ours = pullSources(mergeRegistriesFiles([parse(conf)]).registries, image);
        expect(ours.map(({ name }) => name)).toEqual(theirs);
        expect(ours.some(({ blocked }) => blocked !== undefined)).toBe(output.includes('is blocked in'));
      }),
      { numRuns: 80 },
    );
  });
});

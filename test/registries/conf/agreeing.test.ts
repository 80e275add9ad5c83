import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nowhere } from '../../../src/diagnostic/place.js';
import { compareNames, rootPath } from '../../../src/model/path.js';
import { parseRegistriesFile } from '../../../src/registries/conf/parse.js';
import { mergeRegistriesFiles } from '../../../src/registries/conf/registries-conf.js';
import { pullSources, type Registry } from '../../../src/registries/conf/registry.js';
import { writtenRegistriesConf } from '../../../src/registries/conf/written.js';

const places = ['a.io', 'b.io', 'b.io/x', 'c.io'] as const;
const flag = fc.constantFrom(undefined, undefined, nowhere);
const registry: fc.Arbitrary<Registry> = fc
  .record({
    prefix: fc.constantFrom('', '*.io', ...places),
    location: fc.constantFrom(...places),
    insecure: flag,
    blocked: flag,
    mirrors: fc.constantFrom(
      [],
      [{ location: 'm.io', insecure: undefined, serves: 'all' as const, place: nowhere }],
    ),
  })
  .map((each) => (each.prefix === '*.io' ? { ...each, location: '' } : each));
const registries = fc
  .uniqueArray(registry, { maxLength: 5, selector: ({ prefix }) => prefix })
  .map((all) => all.toSorted((a, b) => compareNames(a.prefix, b.prefix)));

/** Whom podman asks, each as often in a row as it likes, and only with a certificate the second time. */
function asked(conf: readonly Registry[], name: string): readonly string[] {
  const all = pullSources(conf, name).filter(({ blocked }) => blocked === undefined);
  return all
    .filter((source, index) => {
      const before = all[index - 1];
      return before?.name !== source.name || before.insecure === undefined || source.insecure !== undefined;
    })
    .map((source) => `${source.name}${source.insecure === undefined ? '' : ' insecure'}`);
}

test('what is written as one file is valid, and asks whom several files ask', () => {
  fc.assert(
    fc.property(
      registries,
      fc.constantFrom('a.io/y:1', 'b.io/x/y:1', 'b.io/z:1', 'c.io/y:1'),
      (conf, name) => {
        const merged = { ...mergeRegistriesFiles([]), registries: conf };
        const bytes = Buffer.from(writtenRegistriesConf(merged, () => true));
        const path = rootPath('/etc/containers/registries.conf');
        const file = parseRegistriesFile({ path, ok: true, bytes }, false);
        expect(file.diagnostics).toEqual([]);
        const written = mergeRegistriesFiles([file]).registries;
        expect(asked(written, name)).toEqual(asked(conf, name));
      },
    ),
    { numRuns: 1000 },
  );
});

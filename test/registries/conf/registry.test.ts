import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nowhere } from '../../../src/diagnostic/place.js';
import { findRegistry, pullSources, type Registry } from '../../../src/registries/conf/registry.js';

function registry(prefix: string, rest: Partial<Registry> = {}): Registry {
  const location = prefix.startsWith('*') ? '' : prefix;
  return { prefix, location, insecure: undefined, blocked: undefined, mirrors: [], ...rest };
}

const label = fc.constantFrom('a', 'b', 'ab');
const host = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), fc.constantFrom('', ':1', ':11'))
  .map(([labels, port]) => `${[...labels, 'io'].join('.')}${port}`);
const path = fc.array(label, { minLength: 1, maxLength: 3 });
const repository = fc.tuple(host, path).map((parts) => parts.flat().join('/'));
const prefix = fc.oneof(
  host,
  repository,
  host.map((name) => `*.${name.replace(/:.*/, '')}`),
);
const suffix = fc.constantFrom(':1', `@sha256:${'0'.repeat(64)}`);

/** What a prefix stands for, said in another way: whole components, and a host without its port. */
function standsFor(prefix: string, name: string): boolean {
  const [nameHost = '', ...namePath] = name.split('/');
  const [domain = ''] = nameHost.split(':');
  if (prefix.startsWith('*.')) return domain.length > prefix.length - 1 && domain.endsWith(prefix.slice(1));
  const [prefixHost = '', ...prefixPath] = prefix.split('/');
  if (prefixPath.length === 0) return prefixHost === nameHost || prefixHost === domain;
  return prefixHost === nameHost && prefixPath.every((part, index) => part === namePath[index]);
}

test('the longest prefix that stands for a repository counts', () => {
  fc.assert(
    fc.property(fc.uniqueArray(prefix, { maxLength: 6 }), repository, suffix, (prefixes, name, end) => {
      // A domain in the middle of a host is found first, and then hides the one at its end.
      fc.pre(!prefixes.some((each) => each.startsWith('*') && name.split(each.slice(1)).length > 2));
      const found = findRegistry(
        prefixes.map((each) => registry(each)),
        name + end,
      );
      const right = prefixes.filter((each) => standsFor(each, name));
      const longest = Math.max(0, ...right.map(({ length }) => length));
      expect(found?.prefix).toBe(right.find(({ length }) => length === longest));
    }),
  );
});

test('a location takes the place of the prefix, and what follows stays', () => {
  const names = fc.tuple(host, path, fc.array(label, { maxLength: 2 }), suffix);
  fc.assert(
    fc.property(names, repository, repository, ([from, inner, rest, end], location, mirror) => {
      const top = [from, ...inner].join('/');
      const tail = [...rest.map((part) => `/${part}`), end].join('');
      const mirrors = [{ location: mirror, insecure: nowhere, serves: 'all' as const, place: nowhere }];
      const sources = pullSources([registry(top, { location, mirrors })], top + tail);
      expect(sources.map(({ name, insecure }) => [name, insecure])).toEqual([
        [mirror + tail, nowhere],
        [location + tail, undefined],
      ]);
    }),
  );
});

test('a wildcard without a location changes nothing', () => {
  fc.assert(
    fc.property(host, repository, suffix, (domain, name, end) => {
      const wildcard = registry(`*.${domain.replace(/:.*/, '')}`);
      expect(pullSources([wildcard], name + end).map((source) => source.name)).toEqual([name + end]);
    }),
  );
});

test('a mirror is asked for what it serves', () => {
  const serves = fc.constantFrom<'all' | 'digest-only' | 'tag-only'>('all', 'digest-only', 'tag-only');
  fc.assert(
    fc.property(fc.array(serves, { maxLength: 3 }), suffix, (kinds, end) => {
      const mirrors = kinds.map((kind, index) => ({
        location: `m${index}.io`,
        insecure: undefined,
        serves: kind,
        place: nowhere,
      }));
      const asked = pullSources([registry('a.io', { mirrors })], `a.io/x${end}`).map(({ name }) => name);
      const no = end.startsWith('@') ? 'tag-only' : 'digest-only';
      const wanted = mirrors
        .filter((mirror) => mirror.serves !== no)
        .map(({ location }) => `${location}/x${end}`);
      expect(asked).toEqual([...wanted, `a.io/x${end}`]);
    }),
  );
});

import type { Place } from '../../diagnostic/place.js';
import { isRegistryName } from '../image-name.js';
import type { RegistriesFile } from './parse.js';
import type { Registry } from './registry.js';
import { aliasProblem } from './short-name.js';
import { type TableReader, withoutSlash } from './table-reader.js';

interface Problem {
  readonly place: Place;
  readonly problem: string;
  readonly hint: string | null;
}

const modes = ['enforcing', 'permissive', 'disabled'];
const pulls = ['', 'all', 'digest-only', 'tag-only'];

/**
 * Why podman refuses a file whose values have the right types. `tables` are those that `registries` come from.
 * Source: postProcessRegistries and loadConfigFile in go.podman.io/image
 * pkg/sysregistriesv2/system_registries_v2.go.
 */
export function registriesProblems(
  file: Omit<RegistriesFile, 'diagnostics'>,
  tables: readonly TableReader[],
  top: TableReader,
  places: {
    readonly aliasPlace: (name: string) => Place;
    readonly searchPlace: (index: number) => Place;
  },
): readonly Problem[] {
  const { shortNameMode = '' } = file;
  const search = (file.searchRegistries ?? []).flatMap((registry, index) =>
    isRegistryName(registry)
      ? []
      : [found(places.searchPlace(index), `“${registry}” is no registry`, 'write host or host:port')],
  );
  const aliases = file.aliases.flatMap(([name, value]) => {
    const problem = aliasProblem(name, value);
    return problem === undefined
      ? []
      : [found(places.aliasPlace(name), problem, 'write "name" = "registry/name"')];
  });
  const hint = `write one of ${modes.join(', ')}`;
  const mode =
    shortNameMode === '' || modes.includes(shortNameMode)
      ? []
      : [found(top.placeOf('short-name-mode'), `there is no short-name-mode “${shortNameMode}”`, hint)];
  return [
    ...tables.flatMap(registryProblems),
    ...conflicts(file.registries, tables),
    ...search,
    ...mode,
    ...aliases,
  ];
}

function registryProblems(table: TableReader): readonly Problem[] {
  const location = withoutSlash(table.string('location'));
  const prefix = withoutSlash(table.string('prefix')) || location;
  const isWildcard = prefix.startsWith('*.');
  const problems = [...urlProblems(table, 'prefix'), ...urlProblems(table, 'location')];
  if (location === '' && !isWildcard) {
    problems.push(
      found(table.place, 'this registry has no “location”', 'add location = "registry/namespace"'),
    );
  }
  if (isWildcard && /[/@:]/.test(prefix)) {
    const problem = `“${prefix}” is more than a wildcard for a domain`;
    problems.push(
      found(table.placeOf('prefix'), problem, 'write *.example.com, with no port and no namespace'),
    );
  }
  if (table.string('pull-from-mirror') !== '') {
    const problem = '“pull-from-mirror” stands at a registry, and belongs to a mirror';
    problems.push(found(table.placeOf('pull-from-mirror'), problem, 'move it into [[registry.mirror]]'));
  }
  const byDigest = table.isTrue('mirror-by-digest-only') !== undefined;
  return [...problems, ...table.tables('mirror').flatMap((mirror) => mirrorProblems(mirror, byDigest))];
}

function mirrorProblems(mirror: TableReader, byDigest: boolean): readonly Problem[] {
  const problems = [...urlProblems(mirror, 'location')];
  const kind = mirror.string('pull-from-mirror');
  const place = mirror.placeOf('pull-from-mirror');
  if (withoutSlash(mirror.string('location')) === '') {
    problems.push(
      found(mirror.place, 'this mirror has no “location”', 'add location = "registry/namespace"'),
    );
  }
  if (byDigest && kind !== '') {
    const problem = '“pull-from-mirror” stands beside the “mirror-by-digest-only” of the registry';
    problems.push(found(place, problem, 'keep one of the two'));
  }
  if (!pulls.includes(kind)) {
    problems.push(
      found(place, `“pull-from-mirror” cannot be “${kind}”`, 'write all, digest-only or tag-only'),
    );
  }
  return problems;
}

function urlProblems(table: TableReader, key: string): Problem[] {
  const text = table.string(key);
  if (!/^https?:\/\//.test(text)) return [];
  return [found(table.placeOf(key), `“${text}” is a URL`, `write ${text.replace(/^https?:\/\//, '')}`)];
}

/** Tables of the same location must agree on whether it is insecure and blocked. */
function conflicts(registries: readonly Registry[], tables: readonly TableReader[]): readonly Problem[] {
  const first = new Map<string, Registry>();
  return registries.flatMap((registry, index) => {
    const key = registry.location || registry.prefix;
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, registry);
      return [];
    }
    const differing = (['insecure', 'blocked'] as const).filter(
      (name) => (other[name] === undefined) !== (registry[name] === undefined),
    );
    const place = tables[index]?.place;
    if (place === undefined) return [];
    return differing.map((name) => {
      const problem = `an earlier table of ${key} says otherwise about “${name}”`;
      return found(place, problem, `write the same “${name}” in both`);
    });
  });
}

function found(place: Place, problem: string, hint: string | null): Problem {
  return { place, problem, hint };
}

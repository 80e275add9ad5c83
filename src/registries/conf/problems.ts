import type { Place } from '../../diagnostic/place.js';
import { isRegistryName } from '../../model/reference/image-name.js';
import type { TomlDocument } from '../../root/toml-document.js';
import type { TableReader } from '../../text/toml-shape.js';
import type { RegistriesFile } from './registries-file.js';
import { type Registry, withoutSlash } from './registry.js';
import type { MirrorTable, RegistriesTable, RegistryTable } from './shape.js';
import { aliasProblem } from './short-name.js';

/** Where the values and keys of a document stand. */
export type Places = Pick<Extract<TomlDocument, { ok: true }>, 'valueAt' | 'keyAt'>;

interface Problem {
  readonly place: Place;
  readonly problem: string;
  readonly hint: string | null;
}

const modes = ['enforcing', 'permissive', 'disabled'];
const pulls = ['', 'all', 'digest-only', 'tag-only'];

/**
 * Why podman refuses a file whose values have the right types; `top` is the table that `file` comes from.
 * Source: postProcessRegistries and loadConfigFile in go.podman.io/image
 * pkg/sysregistriesv2/system_registries_v2.go.
 */
export function registriesProblems(
  file: Omit<RegistriesFile, 'diagnostics'>,
  top: RegistriesTable,
  places: Places,
): readonly Problem[] {
  const { valueAt, keyAt } = places;
  const tables = top.get('registry') ?? [];
  const { shortNameMode = '' } = file;
  const search = (file.searchRegistries ?? []).flatMap((registry, index) =>
    isRegistryName(registry)
      ? []
      : [
          found(
            valueAt([...top.pathOf('unqualified-search-registries'), index]),
            `“${registry}” is not a registry`,
            'write host or host:port',
          ),
        ],
  );
  const aliases = file.aliases.flatMap(([name, value]) => {
    const problem = aliasProblem(name, value);
    return problem === undefined
      ? []
      : [found(keyAt([...top.pathOf('aliases'), name]), problem, 'write "name" = "registry/name"')];
  });
  const hint = `write one of ${modes.join(', ')}`;
  const mode =
    shortNameMode === '' || modes.includes(shortNameMode)
      ? []
      : [
          found(
            valueAt(top.pathOf('short-name-mode')),
            `there is no short-name-mode “${shortNameMode}”`,
            hint,
          ),
        ];
  return [
    ...tables.flatMap((table) => registryProblems(table, places)),
    ...conflicts(file.registries, tables, places),
    ...search,
    ...mode,
    ...aliases,
  ];
}

function registryProblems(table: RegistryTable, places: Places): readonly Problem[] {
  const { valueAt } = places;
  const location = withoutSlash(table.get('location') ?? '');
  const prefix = withoutSlash(table.get('prefix') ?? '') || location;
  const isWildcard = prefix.startsWith('*.');
  const problems = [...urlProblems(table, 'prefix', places), ...urlProblems(table, 'location', places)];
  if (location === '' && !isWildcard) {
    problems.push(
      found(valueAt(table.path), 'this registry has no “location”', 'add location = "registry/namespace"'),
    );
  }
  if (isWildcard && /[/@:]/.test(prefix)) {
    const problem = `“${prefix}” is more than a wildcard for a domain`;
    problems.push(
      found(valueAt(table.pathOf('prefix')), problem, 'write *.example.com, with no port and no namespace'),
    );
  }
  if ((table.get('pull-from-mirror') ?? '') !== '') {
    const problem = '“pull-from-mirror” stands at a registry, and belongs to a mirror';
    problems.push(
      found(valueAt(table.pathOf('pull-from-mirror')), problem, 'move it into [[registry.mirror]]'),
    );
  }
  const byDigest = table.get('mirror-by-digest-only') === true;
  const mirrors = table.get('mirror') ?? [];
  return [...problems, ...mirrors.flatMap((mirror) => mirrorProblems(mirror, byDigest, places))];
}

function mirrorProblems(mirror: MirrorTable, byDigest: boolean, places: Places): readonly Problem[] {
  const problems = [...urlProblems(mirror, 'location', places)];
  const kind = mirror.get('pull-from-mirror') ?? '';
  const place = places.valueAt(mirror.pathOf('pull-from-mirror'));
  if (withoutSlash(mirror.get('location') ?? '') === '') {
    problems.push(
      found(
        places.valueAt(mirror.path),
        'this mirror has no “location”',
        'add location = "registry/namespace"',
      ),
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

function urlProblems<K extends string>(
  table: TableReader<{ readonly [key in K]: 'string' }>,
  key: K,
  { valueAt }: Places,
): Problem[] {
  const text: string = table.get(key) ?? '';
  if (!/^https?:\/\//.test(text)) return [];
  return [
    found(valueAt(table.pathOf(key)), `“${text}” is a URL`, `write ${text.replace(/^https?:\/\//, '')}`),
  ];
}

/** Tables of the same location must agree on whether it is insecure and blocked. */
function conflicts(
  registries: readonly Registry[],
  tables: readonly RegistryTable[],
  { valueAt }: Places,
): readonly Problem[] {
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
    const table = tables[index];
    if (table === undefined) return [];
    const place = valueAt(table.path);
    return differing.map((name) => {
      const problem = `an earlier table of ${key} says otherwise about “${name}”`;
      return found(place, problem, `write the same “${name}” in both`);
    });
  });
}

function found(place: Place, problem: string, hint: string | null): Problem {
  return { place, problem, hint };
}

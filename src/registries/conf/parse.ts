import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import type { ConfigurationFile } from '../../root/configuration-files.js';
import { readTomlDocument } from '../../root/toml-document.js';
import type { TomlPath } from '../../text/toml-positions.js';
import { type TableReader, tableReader, wrongTypes } from '../../text/toml-shape.js';
import { type Places, registriesProblems } from './problems.js';
import type { RegistriesFile } from './registries-file.js';
import { type Mirror, type Registry, withoutSlash } from './registry.js';
import {
  hasNewLoader,
  ignoresEmptyLists,
  keepsSlashOfMirror,
  newestKnown,
  type PodmanVersion,
} from './rules.js';
import {
  type MirrorTable,
  type RegistriesTable,
  type RegistryTable,
  registriesKeys,
  registriesShape,
  unknownKeys,
  type Version1Kind,
  version1Kinds,
} from './shape.js';

const nothing: Omit<RegistriesFile, 'diagnostics'> = {
  registries: [],
  searchRegistries: undefined,
  credentialHelpers: undefined,
  shortNameMode: undefined,
  aliases: [],
};

/**
 * Reads one file as podman of that version does; `isDropIn` says that it lies in registries.conf.d.
 * Source: containers-registries.conf(5), and loadConfigFile in go.podman.io/image
 * pkg/sysregistriesv2/system_registries_v2.go.
 */
export function parseRegistriesFile(
  file: ConfigurationFile,
  isDropIn: boolean,
  version: PodmanVersion = newestKnown,
): RegistriesFile {
  const document = readTomlDocument(file);
  const invalid = (
    place: Place,
    problem: string,
    hint: string | null = null,
    excerpt: string | null = null,
  ) => diagnose('registries-conf-invalid', place, { problem, hint }, excerpt);
  if (!document.ok) {
    const { place, problem, hint, excerpt } = document;
    return { ...nothing, diagnostics: [invalid(place, problem, hint, excerpt)] };
  }
  const wrong = wrongTypes(document.table, registriesShape);
  if (wrong.length > 0) {
    const diagnostics = wrong.map(({ path, expected, actual }) =>
      invalid(document.valueAt(path), `“${keyOf(path)}” must be ${expected}, not ${actual}`),
    );
    return { ...nothing, diagnostics };
  }

  const top = tableReader(document.table, registriesShape);
  const isVersion1 = version1Kinds.some((kind) => countsAsSet(version1List(top, kind), version));
  const parsed = {
    registries: isVersion1
      ? version1Registries(top, document)
      : (top.get('registry') ?? []).map((registry) => registryOf(registry, document, version)),
    searchRegistries: (top.get('unqualified-search-registries') ?? version1List(top, 'search'))?.map(
      withoutSlash,
    ),
    credentialHelpers: top.get('credential-helpers')?.map((name, index) => ({
      name,
      place: document.valueAt([...top.pathOf('credential-helpers'), index]),
    })),
    shortNameMode: top.get('short-name-mode'),
    aliases: Object.entries(top.get('aliases') ?? {}),
  };
  const diagnostics = [
    ...(isVersion1 ? version1Problems(top, document, isDropIn, version) : []),
    ...registriesProblems(parsed, top, document).map(({ place, problem, hint }) =>
      invalid(place, problem, hint),
    ),
    ...unknownKeys(document.table, document.keyAt),
  ];
  return { ...parsed, diagnostics };
}

function registryOf(table: RegistryTable, document: Places, version: PodmanVersion): Registry {
  const location = withoutSlash(table.get('location') ?? '');
  const prefix = table.get('prefix') ?? '';
  const byDigest = placeIfTrue(table, 'mirror-by-digest-only', document);
  return {
    // One of slashes alone is no prefix of anything.
    prefix: prefix === '' ? location : withoutSlash(prefix),
    location,
    insecure: placeIfTrue(table, 'insecure', document),
    blocked: placeIfTrue(table, 'blocked', document),
    mirrors: (table.get('mirror') ?? []).map((mirror) => mirrorOf(mirror, byDigest, document, version)),
  };
}

function mirrorOf(
  table: MirrorTable,
  byDigest: Place | undefined,
  document: Places,
  version: PodmanVersion,
): Mirror {
  const pulls = table.get('pull-from-mirror');
  const serves = byDigest !== undefined || pulls === 'digest-only' ? 'digest-only' : pulls;
  const location = table.get('location') ?? '';
  return {
    location: keepsSlashOfMirror(version) ? location : withoutSlash(location),
    insecure: placeIfTrue(table, 'insecure', document),
    serves: serves === 'digest-only' || serves === 'tag-only' ? serves : 'all',
    place: byDigest ?? document.valueAt(table.pathOf('pull-from-mirror')),
  };
}

function placeIfTrue<K extends string>(
  table: TableReader<{ readonly [key in K]: 'boolean' }>,
  key: K,
  { valueAt }: Places,
): Place | undefined {
  return table.get(key) === true ? valueAt(table.pathOf(key)) : undefined;
}

/** The registries that the version 1 format lists for `kind`; undefined where it lists none. */
function version1List(top: RegistriesTable, kind: Version1Kind): readonly string[] | undefined {
  return top.get('registries')?.get(kind)?.get('registries');
}

/** podman before 4.4 passes over a list that is empty. */
function countsAsSet(list: readonly string[] | undefined, version: PodmanVersion): boolean {
  return list !== undefined && (list.length > 0 || !ignoresEmptyLists(version));
}

/** What the version 1 format blocks, and then what it says is insecure (`ConvertToV2`). */
function version1Registries(top: RegistriesTable, { valueAt }: Places): readonly Registry[] {
  const registries = new Map<string, Registry>();
  for (const [kind, key] of [
    ['block', 'blocked'],
    ['insecure', 'insecure'],
  ] as const) {
    const table = top.get('registries')?.get(kind);
    for (const [index, text] of (table?.get('registries') ?? []).entries()) {
      const location = withoutSlash(text);
      const known = registries.get(location) ?? {
        prefix: location,
        location,
        insecure: undefined,
        blocked: undefined,
        mirrors: [],
      };
      const place = valueAt([...(table?.pathOf('registries') ?? []), index]);
      registries.set(location, { ...known, [key]: known[key] ?? place });
    }
  }
  return [...registries.values()];
}

/** podman before 6 takes the old format, but in no drop-in and not beside the new one. */
function version1Problems(
  top: RegistriesTable,
  { keyAt }: Places,
  isDropIn: boolean,
  version: PodmanVersion,
): readonly Diagnostic[] {
  const place = keyAt(top.pathOf('registries'));
  const refused = (problem: string) => [
    diagnose('registries-conf-invalid', place, { problem, hint: 'write [[registry]] tables' }),
  ];
  const format = 'it is in the old version 1 format, which podman does not take';
  if (hasNewLoader(version)) return refused(format);
  if (isDropIn) return refused(`${format} in a drop-in`);
  if (registriesKeys.some((key) => key !== 'registries' && isSet(top.get(key), version)))
    return refused(`${format} beside the new one`);
  const problem = version1Kinds
    .filter((kind) => kind !== 'search')
    .flatMap((kind) => version1List(top, kind) ?? [])
    .map((text) =>
      /^https?:\/\//.test(text)
        ? `“${text}” is a URL`
        : withoutSlash(text) === ''
          ? 'a registry in it has no name'
          : undefined,
    )
    .find((each) => each !== undefined);
  return problem === undefined ? [diagnose('registries-conf-version-1', place, {})] : refused(problem);
}

/** Whether podman takes a value for one: not where it is that of an absent key. */
function isSet(value: unknown, version: PodmanVersion): boolean {
  if (value === undefined || value === '') return false;
  if (!ignoresEmptyLists(version)) return true;
  return Array.isArray(value) ? value.length > 0 : Object.keys(value as object).length > 0;
}

function keyOf(path: TomlPath): string {
  return String(path.findLast((step) => typeof step === 'string') ?? '');
}

import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import { isTable, type Table } from '../../text/toml.js';
import type { TomlPath } from '../../text/toml-positions.js';
import type { TableReader, TableShape } from '../../text/toml-shape.js';

const mirrorShape = { location: 'string', insecure: 'boolean', 'pull-from-mirror': 'string' } as const;

const registryShape = {
  prefix: 'string',
  location: 'string',
  insecure: 'boolean',
  blocked: 'boolean',
  'mirror-by-digest-only': 'boolean',
  'pull-from-mirror': 'string',
  mirror: [mirrorShape],
} as const;

const version1Shape = {
  search: { registries: 'strings' },
  insecure: { registries: 'strings' },
  block: { registries: 'strings' },
} as const;

/** Every key of registries.conf, of both versions (containers-registries.conf(5)). */
export const registriesShape = {
  'unqualified-search-registries': 'strings',
  'credential-helpers': 'strings',
  'short-name-mode': 'string',
  'additional-layer-store-auth-helper': 'string',
  aliases: 'table of strings',
  registry: [registryShape],
  registries: version1Shape,
} as const satisfies TableShape;

/** Those of both versions. */
export const registriesKeys = Object.keys(registriesShape) as (keyof typeof registriesShape)[];
export type Version1Kind = keyof typeof version1Shape;
export const version1Kinds = Object.keys(version1Shape) as Version1Kind[];

export type RegistriesTable = TableReader<typeof registriesShape>;
export type RegistryTable = TableReader<typeof registryShape>;
export type MirrorTable = TableReader<typeof mirrorShape>;

/** podman passes over keys that it does not know. */
export function unknownKeys(table: Table, keyAt: (path: TomlPath) => Place): readonly Diagnostic[] {
  return unknownBelow(table, registriesShape, [], keyAt);
}

function unknownBelow(
  table: Table,
  known: TableShape,
  path: TomlPath,
  keyAt: (path: TomlPath) => Place,
): readonly Diagnostic[] {
  return Object.entries(table).flatMap(([key, value]) => {
    const at = [...path, key];
    const name = key.toLowerCase();
    const inner = Object.hasOwn(known, name) ? known[name] : undefined;
    if (inner === undefined) {
      return [diagnose('registries-conf-unknown-key', keyAt(at), { key, known: Object.keys(known) })];
    }
    if (!Array.isArray(inner) || !Array.isArray(value)) return [];
    return value.flatMap((item, index) =>
      isTable(item) ? unknownBelow(item, inner[0] as TableShape, [...at, index], keyAt) : [],
    );
  });
}

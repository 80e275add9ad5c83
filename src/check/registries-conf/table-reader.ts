import type { Place } from '../../diagnostic/place.js';
import type { TomlPath } from '../../text/toml-positions.js';
import { fieldOf, isTable, type Table } from '../toml-shape.js';

/** Values with their places, found as podman finds them. */
export interface TableReader {
  readonly place: Place;
  readonly placeOf: (key: string) => Place;
  readonly string: (key: string) => string;
  /** Where the value is, if it is true. */
  readonly isTrue: (key: string) => Place | undefined;
  readonly tables: (key: string) => readonly TableReader[];
}

/** Reads a table whose values have the right types. */
export function tableReader(table: Table, path: TomlPath, valueAt: (path: TomlPath) => Place): TableReader {
  return {
    place: valueAt(path),
    placeOf: (key) => valueAt([...path, fieldOf(table, key)?.key ?? key]),
    string: (key) => (fieldOf(table, key)?.value as string | undefined) ?? '',
    isTrue: (key) => {
      const field = fieldOf(table, key);
      return field?.value === true ? valueAt([...path, field.key]) : undefined;
    },
    tables: (key) => {
      const field = fieldOf(table, key);
      const items = Array.isArray(field?.value) ? field.value.filter(isTable) : [];
      return items.map((item, index) => tableReader(item, [...path, field?.key ?? key, index], valueAt));
    },
  };
}

/** podman takes slashes at the end away. */
export function withoutSlash(text: string): string {
  return text.replace(/(?<!\/)\/+$/, '');
}

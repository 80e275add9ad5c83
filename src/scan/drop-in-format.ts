/**
 * The format of a drop-in, in one place: what may be written, at the top level and in an `[[image]]` table.
 * A key that is added here is accepted, checked and named in the hints.
 */
export type ValueType = 'string' | 'boolean' | 'strings' | 'tables' | 'table';

export const topLevelKeys = {
  images: 'strings',
  authfile: 'string',
  image: 'tables',
} as const satisfies Record<string, ValueType>;

export const imageKeys = {
  reference: 'string',
  authfile: 'string',
  'cert-dir': 'string',
  'tls-verify': 'boolean',
  arch: 'string',
  os: 'string',
  variant: 'string',
} as const satisfies Record<string, ValueType>;

export const typeNames: Record<ValueType, string> = {
  string: 'a string',
  boolean: 'true or false',
  strings: 'an array of strings',
  tables: 'an array of tables, written [[image]]',
  table: 'a table, written [[image]]',
};

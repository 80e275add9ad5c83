/**
 * The format of a drop-in, in one place: what may be written, at the top level and in an `[[image]]` table.
 * A key that is added here is accepted, checked and named in the hints.
 */
export type ValueType = 'string' | 'boolean' | 'strings' | 'tables' | 'table' | 'string-table';

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
  expect: 'string-table',
} as const satisfies Record<string, ValueType>;

/** What each key says, for the JSON Schema of the format. */
export const topLevelDescriptions: Record<keyof typeof topLevelKeys, string> = {
  images: 'Images to bind that need nothing but the auth file of this drop-in.',
  authfile:
    'The auth file (containers-auth.json(5)) for the images of this drop-in. It is looked up in the new root, then in the current root.',
  image: 'An image to bind, with how it is to be pulled.',
};

export const imageDescriptions: Record<keyof typeof imageKeys, string> = {
  reference:
    'The image: a registry reference with a tag or digest, or docker-archive:, oci-archive:, oci: or dir: with a path in the new root.',
  authfile: 'The auth file for this image, instead of that of the drop-in.',
  'cert-dir': 'The directory with certificates and keys for the registry (containers-certs.d(5)).',
  'tls-verify': 'Whether the registry must prove who it is. With false, it may also be asked without TLS.',
  arch: 'The architecture to pull, such as arm64, instead of the machine’s.',
  os: 'The operating system to pull, instead of linux.',
  variant: 'The variant of the architecture to pull, such as v8.',
  expect:
    'Annotations or labels that the image must have: a value, or a range of versions such as >=2.4 <3. “check --online” asks the registry for them.',
};

export const typeNames: Record<ValueType, string> = {
  string: 'a string, written "…"',
  boolean: 'true or false, without quotes',
  strings: 'an array of strings, written ["…"]',
  tables: 'an array of tables, written [[image]]',
  table: 'a table, written [[image]]',
  'string-table': 'a table of strings, written { "key" = "value" }',
};

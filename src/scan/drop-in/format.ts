/**
 * The format of a drop-in, in one place: what may be written, at the top level and in its tables.
 * A key that is added here is accepted, checked and named in the hints.
 */
export type ValueType = 'string' | 'boolean' | 'strings' | 'tables' | 'table' | 'string-table';

type Keys = Readonly<Record<string, ValueType>>;

export const topLevelKeys = {
  images: 'strings',
  authfile: 'string',
  image: 'tables',
  artifact: 'tables',
} as const satisfies Keys;

/** An artifact is for every platform. */
export const artifactKeys = {
  reference: 'string',
  authfile: 'string',
  'cert-dir': 'string',
  'tls-verify': 'boolean',
  expect: 'string-table',
  payload: 'tables',
} as const satisfies Keys;

export const imageKeys = {
  reference: 'string',
  authfile: 'string',
  'cert-dir': 'string',
  'tls-verify': 'boolean',
  arch: 'string',
  os: 'string',
  variant: 'string',
  expect: 'string-table',
  payload: 'tables',
} as const satisfies Keys;

export const payloadKeys = {
  path: 'string',
  title: 'string',
  'media-type': 'string',
  as: 'string',
  'max-size': 'string',
  mode: 'string',
  digest: 'string',
} as const satisfies Keys;

/** How large a payload may be that does not say it. */
export const defaultMaxSize = '1 GiB';

/** What each key says, for the JSON Schema of the format. */
export const topLevelDescriptions: Record<keyof typeof topLevelKeys, string> = {
  images: 'Images to bind that need nothing but the auth file of this drop-in.',
  authfile:
    'The auth file (containers-auth.json(5)) for the images and artifacts of this drop-in. It is looked up in the new root, then in the current root.',
  image: 'An image to bind, with how it is to be pulled.',
  artifact: 'An artifact to bind, with how it is to be pulled: what podman artifact pull takes.',
};

const descriptions = {
  authfile: 'The auth file for it, instead of that of the drop-in.',
  'cert-dir': 'The directory with certificates and keys for the registry (containers-certs.d(5)).',
  'tls-verify': 'Whether the registry must prove who it is. With false, it may also be asked without TLS.',
  expect:
    'Annotations, or labels of an image, that it must have: a value, or a range of versions such as >=2.4 <3. “check --online” asks the registry for them.',
};

export const artifactDescriptions: Record<keyof typeof artifactKeys, string> = {
  ...descriptions,
  reference: 'The artifact: a registry reference with a registry, and a tag or a digest.',
  payload: 'A layer of the artifact that the next boot needs as a file.',
};

export const imageDescriptions: Record<keyof typeof imageKeys, string> = {
  ...descriptions,
  reference:
    'The image: a registry reference with a tag or digest, or docker-archive:, oci-archive:, oci: or dir: with a path in the new root.',
  arch: 'The architecture to pull, such as arm64, instead of the machine’s.',
  os: 'The operating system to pull, instead of linux.',
  variant: 'The variant of the architecture to pull, such as v8.',
  payload: 'A file or directory of the image that the next boot needs as a file.',
};

export const payloadDescriptions: Record<keyof typeof payloadKeys, string> = {
  path: 'The file or directory, as an absolute path in the image. For images only.',
  title: 'The layer with this annotation org.opencontainers.image.title. For artifacts only.',
  'media-type': 'The only layer of this media type. For artifacts only.',
  as: 'The name that it gets, below the payload directory of the deployment, such as extensions/gvisor.raw.',
  'max-size': `The most that it may have, such as 100 MiB: all files of a directory together. Without it, ${defaultMaxSize}.`,
  mode: 'The permission bits of its files in octal, such as 0644. Without it, 0755 for what is executable in the image, else 0644.',
  digest: 'The digest that the file must have: sha256: and 64 hexadecimal digits. Not for a directory.',
};

/** The tables that stand in arrays, by their keys: each with what it takes, and what it cannot be without. */
export const tables = {
  image: { keys: imageKeys, descriptions: imageDescriptions, required: ['reference'] },
  artifact: { keys: artifactKeys, descriptions: artifactDescriptions, required: ['reference'] },
  payload: { keys: payloadKeys, descriptions: payloadDescriptions, required: ['as'] },
} as const satisfies Record<
  string,
  {
    readonly keys: Keys;
    readonly descriptions: Readonly<Record<string, string>>;
    readonly required: readonly string[];
  }
>;

/** How a value is written. @param table the name of the table that it is, or that it is an array of */
export function typeName(type: ValueType, table: string): string {
  switch (type) {
    case 'string':
      return 'a string, written "…"';
    case 'boolean':
      return 'true or false, without quotes';
    case 'strings':
      return 'an array of strings, written ["…"]';
    case 'tables':
      return `an array of tables, written [[${table}]]`;
    case 'table':
      return `a table, written [[${table}]]`;
    case 'string-table':
      return 'a table of strings, written { "key" = "value" }';
  }
}

/** What is wrong with the text of a reference. */
export interface ReferenceProblem {
  readonly code: ReferenceProblemCode;
  /** Of the first character at fault, in UTF-16 code units; the length of the text where something is missing. */
  readonly offset: number;
  /** The whole reference to write instead, itself valid; null where that cannot be known. */
  readonly replacement: string | null;
}

export type ReferenceProblemCode = keyof typeof sentences;

const sentences = {
  empty: 'it is empty',
  blank: 'it contains white space',
  'control-character': 'it contains control or invisible characters',
  'leading-dash': 'it begins with “-”',
  'shell-text': 'variables and commands are not replaced in it',
  'url-scheme': 'it is a URL',
  'unsupported-transport': 'images are not pulled through this transport',
  'path-missing': 'no path follows the transport',
  'archive-image': 'what follows the path is neither the name nor the index of an image in the archive',
  'image-id': 'it is the ID of an image, and no registry can be asked for an ID',
  registry: 'the registry is not a host name or address with an optional port',
  'repository-missing': 'the repository is missing',
  'upper-case': 'a repository is written in lower case',
  repository: 'each part of a repository is letters and digits, joined by “.”, “_”, “__” or dashes',
  'name-too-long': 'registry and repository are longer than 255 characters together',
  tag: 'a tag is letters, digits, “_”, “.” and “-”, and does not begin with “.” or “-”',
  'tag-too-long': 'a tag has at most 128 characters',
  'digest-algorithm': 'a digest is “sha256:”, “sha384:” or “sha512:”, then hexadecimal digits',
  'digest-character': 'a digest is written in lower-case hexadecimal digits',
  'tag-behind-digest': 'a tag comes before the digest, not after it, and has no effect beside one',
  'digest-length': 'the digest has the wrong length for its algorithm',
  'tag-and-digest': 'podman refuses a tag together with a digest after “docker://”',
} as const;

/** One sentence without full stop, and what to write instead where that is known. */
export function describeReferenceProblem(problem: ReferenceProblem): {
  readonly message: string;
  readonly instead: string | null;
} {
  const { code, replacement } = problem;
  return { message: sentences[code], instead: replacement === null ? null : `write “${replacement}”` };
}

/** A problem as the grammar finds it: `candidate` is a replacement that nobody has checked. */
export interface Fault {
  readonly code: ReferenceProblemCode;
  readonly offset: number;
  readonly candidate?: string;
}

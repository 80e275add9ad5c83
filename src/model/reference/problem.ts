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
  empty: 'the reference is empty',
  blank: 'a reference holds no white space',
  'control-character': 'a reference holds no control or invisible characters',
  'leading-dash': 'a reference does not start with “-”',
  'shell-text': 'variables and commands are not expanded in a reference',
  'url-scheme': 'a reference is not a URL',
  'unsupported-transport': 'images are not pulled through this transport',
  'path-missing': 'the transport is not followed by a path',
  'archive-image': 'what follows the path is not the name or index of an image in it',
  'image-id': 'this is the ID of an image, which no registry can be asked for',
  registry: 'the registry is not a host name or address with an optional port',
  'repository-missing': 'the repository is missing',
  'upper-case': 'a repository is written in lower case',
  repository: 'parts of a repository are letters and digits, joined by “.”, “_”, “__” or dashes',
  'name-too-long': 'registry and repository are longer than 255 characters together',
  tag: 'a tag is letters, digits, “_”, “.” and “-”, and starts with none of the last two',
  'tag-too-long': 'a tag has at most 128 characters',
  'digest-algorithm': 'a digest is “sha256:”, “sha384:” or “sha512:” and hexadecimal digits',
  'digest-character': 'a digest is written in lower-case hexadecimal digits',
  'tag-behind-digest': 'a tag stands before the digest, not behind it, and beside a digest it says nothing',
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

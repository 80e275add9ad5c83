import { posix } from 'node:path';
import { imageKey } from '../model/image-key.js';
import { type HostPath, isUtf8Name, rootPath } from '../model/path.js';
import { parseReference, type RegistryReference } from '../model/reference/reference.js';
import { describeProblem } from '../root/problem.js';
import type { RootView } from '../root/root-view.js';
import { kindOf } from '../scan/quadlet/kinds.js';
import { configurationLimitBytes } from '../scan/unit/read.js';
import { printable } from '../text/printable.js';
import type { NamedImage } from './named-images.js';
import { secretLines } from './secret-lines.js';
import { type TagOf, tagFinder } from './tag-comment.js';
import { tomlText } from './toml-text.js';
import { unitText } from './unit-text.js';
import type { WrittenText } from './written-text.js';
import { yamlText } from './yaml-text.js';

/** A file of the root, links resolved. */
export interface TargetFile {
  readonly hostPath: HostPath;
  /** Relative to the root's directory on this host. */
  readonly name: string;
  readonly bytes: Buffer;
  readonly secretLines: ReadonlySet<number>;
}

/** A reference whose bytes are known. */
export interface Target extends NamedImage {
  readonly reference: RegistryReference;
  readonly tag: ReturnType<TagOf>;
  readonly written: WrittenText;
  readonly file: TargetFile;
}

/** Where a reference cannot be changed: why, as part of a sentence. */
export interface Untouchable extends NamedImage {
  readonly problem: string;
}

/** Finds the bytes of references in the files of a root, each file read once. */
export function targetFinder(root: RootView): (image: NamedImage) => Target | Untouchable {
  const files = new Map<string, TargetFile | string>();
  const tagOf = tagFinder(root);
  const fileAt = (path: string): TargetFile | string => {
    const known = files.get(path) ?? readTargetFile(root, path);
    files.set(path, known);
    return known;
  };

  return (image) => {
    const { file: path, line, column } = image.place;
    if (path === null || line === null || column === null)
      return { ...image, problem: 'its place is unknown' };
    const file = fileAt(path);
    if (typeof file === 'string') return { ...image, problem: file };
    const written = readerOf(path)(file.bytes, { line, column });
    const reference = written && referenceOf(written);
    // What is read here must be what the scan has found.
    if (
      written === undefined ||
      reference === undefined ||
      imageKey({ ...image, reference }) !== imageKey(image)
    ) {
      return { ...image, problem: `${path}:${line} writes it with escapes, quotes or line ends in it` };
    }
    if (holdsSecret(file, line, written))
      return { ...image, problem: `${path}:${line} may hold a password as well` };
    return { ...image, reference, tag: tagOf(reference, image.place), written, file };
  };
}

function referenceOf({ text }: WrittenText): RegistryReference | undefined {
  const parsed = parseReference(text);
  return parsed.ok && parsed.reference.transport === 'docker' ? parsed.reference : undefined;
}

/** A line that is changed is also shown, in a dry run. */
function holdsSecret(file: TargetFile, first: number, { ranges }: WrittenText): boolean {
  const written = file.bytes.subarray(ranges[0]?.start, ranges.at(-1)?.end).toString('latin1');
  return written.split('\n').some((_, index) => file.secretLines.has(first + index));
}

function readerOf(path: string): typeof unitText {
  if (path.endsWith('.toml')) return tomlText;
  return path.endsWith('.conf') || kindOf(path) !== undefined ? unitText : yamlText;
}

/** The file that a path leads to, or why it is not to be changed. */
function readTargetFile(root: RootView, path: string): TargetFile | string {
  const read = root.readFile(rootPath(path), { limitBytes: configurationLimitBytes });
  if (!read.ok) return describeProblem(read.problem);
  const { hostPath, bytes } = read;
  const name = posix.relative(root.hostPath, hostPath);
  // The next boot's /etc may hold files that are still the running system's.
  if (name.startsWith('../')) return `${path} is not in this root yet: the running system has it`;
  if (!isUtf8Name(hostPath)) return 'the name of its file is not UTF-8';
  // In the head of a diff, a line end would begin a diff of the root's own.
  if (printable(name) !== name) return 'the name of its file has control characters';
  return { hostPath, name, bytes, secretLines: secretLines(bytes) };
}

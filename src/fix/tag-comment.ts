import { type Comment, readComments, unitComments } from '../check/suppression/comments.js';
import type { Place } from '../diagnostic/place.js';
import { parseReference, type RegistryReference, repositoryName } from '../model/reference/reference.js';
import type { RootView } from '../root/root-view.js';
import { parseUnitFile } from '../scan/unit/file.js';
import type { Position } from '../text/position.js';
import type { Edit } from './written-text.js';

/** A comment of a file that names the tag of an image. */
interface TagComment extends Comment {
  /** `registry/repository` */
  readonly name: string;
  readonly tag: string;
}

/**
 * What names the tag of an image whose reference has room for the digest alone, in the words of renovate's regex
 * managers: `datasource`, `depName` and `currentValue`. Source: renovate lib/modules/manager/custom/regex/readme.md.
 */
export function tagComment(name: string, tag: string): string {
  return `# ${marker} datasource=docker depName=${name} currentValue=${tag}`;
}

const marker = 'renovate:';

/** The tag of a reference at a place of a root: its own, else that which a comment names; null where neither does. */
export type TagOf = (reference: RegistryReference, place: Pick<Place, 'file' | 'line'>) => string | null;

/** Reads tags, each file once. */
export function tagFinder(root: RootView): TagOf {
  const found = new Map<string, readonly TagComment[]>();
  return (reference, { file, line }) => {
    if (reference.tag !== null || file === null || line === null) return reference.tag;
    const comments = found.get(file) ?? tagComments(readComments(root, file, marker));
    found.set(file, comments);
    return commentFor(comments, line, repositoryName(reference))?.tag ?? null;
  };
}

/**
 * What puts the tag into a comment before the `Image=` of a unit file that has a value on this line; nothing where the
 * line is one of another key.
 */
export function tagEdits(bytes: Buffer, { line }: Position, name: string, tag: string): readonly Edit[] {
  const parsed = parseUnitFile(bytes);
  const assignments = parsed.ok ? parsed.unit.sections.flatMap((section) => section.assignments) : [];
  const assignment = assignments.find(
    ({ key, spans }) => key === 'Image' && spans.some((span) => span.line === line),
  );
  if (assignment === undefined) return [];
  const text = tagComment(name, tag);
  const earlier = commentFor(tagComments(unitComments(bytes)), line, name);
  const at = lineAt(bytes, earlier?.line ?? assignment.line);
  if (earlier === undefined) return [{ start: at.start, end: at.start, text: `${text}${at.lineEnd}` }];
  return earlier.tag === tag ? [] : [{ start: at.start, end: at.end, text }];
}

function tagComments(comments: readonly Comment[]): readonly TagComment[] {
  return comments.flatMap((comment) => {
    const [, said] = /^[#;]+\s*renovate:\s+(.*)$/.exec(comment.text) ?? [];
    if (said === undefined) return [];
    const words = new Map(
      said.split(/\s+/).map((word) => {
        const at = word.indexOf('=');
        return [word.slice(0, Math.max(at, 0)), word.slice(at + 1)];
      }),
    );
    const tag = words.get('currentValue') ?? '';
    const parsed = parseReference(words.get('packageName') ?? words.get('depName') ?? '');
    if (!/^\w[\w.-]{0,127}$/.test(tag) || !parsed.ok || parsed.reference.transport !== 'docker') return [];
    return [{ ...comment, name: repositoryName(parsed.reference), tag }];
  });
}

function commentFor(comments: readonly TagComment[], line: number, name: string): TagComment | undefined {
  return comments.findLast((comment) => comment.name === name && comment.lines.includes(line));
}

/** The bytes of a line, from 1, without the line end that it has; a last line without one has that of the first. */
function lineAt(bytes: Buffer, line: number): { start: number; end: number; lineEnd: string } {
  const text = bytes.toString('latin1');
  let start = 0;
  for (let passed = 1; passed < line; passed += 1) start = text.indexOf('\n', start) + 1;
  const lineEnd = /\r?\n/.exec(text.slice(start))?.[0] ?? /\r?\n/.exec(text)?.[0] ?? '\n';
  const end = text.indexOf(lineEnd, start);
  return { start, end: end === -1 ? text.length : end, lineEnd };
}

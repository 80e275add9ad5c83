import { append } from '../../text/append.js';
import type { Position } from '../../text/position.js';
import { type IgnoredText, type SplitText, splitStrv, splitWords } from '../words/words.js';
import { type Assignment, positionAt, type UnitFile, whiteSpace } from './file.js';

/** The assignments of one section, those of drop-ins behind those of the unit. */
export interface SectionLines<A extends Assignment> {
  readonly assignments: readonly A[];
  /** The same by key: a unit has few, and is asked for many. */
  readonly byKey: ReadonlyMap<string, readonly A[]>;
}

/** A value and the assignment that gave it. Nothing is decoded here: specifiers are still in it. */
export interface Found<A extends Assignment, T = string> {
  readonly value: T;
  readonly assignment: A;
  /** Where in the assignment's value it begins. */
  readonly offset: number;
}

/** A word, and for each UTF-16 code unit of it the offset in the assignment's value that it comes from. */
export interface FoundWord<A extends Assignment> extends Found<A> {
  readonly offsets: readonly number[];
}

/** An assignment that knows its file, whatever the caller has for one. */
export type SourcedAssignment<S> = Assignment & { readonly source: S };

/**
 * The section `name` of a unit (first in `files`) and its drop-ins, in the order they are given; `undefined`
 * if no file has it. Source: podman pkg/systemd/parser/unitfile.go, `Merge`.
 */
export function mergeSection<S>(
  files: readonly { readonly unit: UnitFile; readonly source: S }[],
  name: string,
): SectionLines<SourcedAssignment<S>> | undefined {
  let assignments: SourcedAssignment<S>[] | undefined;
  for (const { unit, source } of files) {
    const section = unit.sections.find((candidate) => candidate.name === name);
    if (section === undefined) continue;
    assignments ??= [];
    // Spelled out, because there are thousands of them and a spread takes several times as long.
    for (const { key, value, line, column, spans } of section.assignments) {
      assignments.push({ key, value, line, column, spans, source });
    }
  }
  return assignments && sectionLines(assignments);
}

/** The lines of a section that need no merging, or of none. */
export function sectionLines<A extends Assignment>(assignments: readonly A[]): SectionLines<A> {
  const byKey = new Map<string, A[]>();
  for (const assignment of assignments) {
    const others = byKey.get(assignment.key);
    if (others === undefined) byKey.set(assignment.key, [assignment]);
    else others.push(assignment);
  }
  return { assignments, byKey };
}

/**
 * The last occurrence of `key`, even if empty; one pair of double quotes around it is removed, as podman
 * does since 5.8.2. `undefined` if the key is absent. Source: `Lookup` in unitfile.go.
 */
export function single<A extends Assignment>(section: SectionLines<A>, key: string): Found<A> | undefined {
  const assignment = section.byKey.get(key)?.at(-1);
  if (assignment === undefined) return undefined;
  const value = trimEnd(assignment.value);
  const quoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
  return quoted ? { value: value.slice(1, -1), assignment, offset: 1 } : { value, assignment, offset: 0 };
}

/** Like `single`; everything but `1 yes true on` in any case is false. Source: `LookupBoolean`. */
export function bool<A extends Assignment>(
  section: SectionLines<A>,
  key: string,
): Found<A, boolean> | undefined {
  const found = single(section, key);
  // The flags `iu` fold case as Go's strings.EqualFold does: `yeſ` is a yes.
  return found && { ...found, value: /^(?:1|yes|true|on)$/iu.test(found.value) };
}

/** Every occurrence of `key`, as written; an empty one clears those before it. Source: `LookupAll`. */
export function list<A extends Assignment>(section: SectionLines<A>, key: string): readonly Found<A>[] {
  const all = section.byKey.get(key) ?? [];
  const cleared = all.findLastIndex((assignment) => assignment.value === '');
  return all.slice(cleared + 1).map((assignment) => ({ value: assignment.value, assignment, offset: 0 }));
}

/** The words of a key, and what of its values did not become words as it was meant to. */
export interface FoundWords<A extends Assignment> {
  readonly words: readonly FoundWord<A>[];
  readonly ignored: readonly (IgnoredText & { readonly assignment: A })[];
}

/** The words of every element of `list`, split by `splitWords`. Source: `LookupAllArgs`. */
export function words<A extends Assignment>(section: SectionLines<A>, key: string): FoundWords<A> {
  return splitList(section, key, splitWords);
}

/** The words of every element of `list`, split by `splitStrv`. Source: `LookupAllStrv`. */
export function strv<A extends Assignment>(section: SectionLines<A>, key: string): FoundWords<A> {
  return splitList(section, key, splitStrv);
}

/** Where the UTF-16 code unit at `index` of a value or word was written; for an escape, its backslash. */
export function positionIn<A extends Assignment>(found: Found<A> | FoundWord<A>, index: number): Position {
  const offset = 'offsets' in found ? found.offsets[index] : undefined;
  return positionAt(found.assignment, offset ?? found.offset + index);
}

function splitList<A extends Assignment>(
  section: SectionLines<A>,
  key: string,
  split: (text: string) => SplitText,
): FoundWords<A> {
  const found: FoundWord<A>[] = [];
  const ignored: FoundWords<A>['ignored'][number][] = [];
  for (const { value, assignment } of list(section, key)) {
    const text = split(value);
    append(
      found,
      text.words.map((word) => ({ ...word, assignment })),
    );
    if (text.ignored !== undefined) ignored.push({ ...text.ignored, assignment });
  }
  return { words: found, ignored };
}

/** Blanks stay at the end of a value only where a continuation is the last line of the file. */
export function trimEnd(value: string): string {
  let end = value.length;
  while (end > 0 && whiteSpace.has(value.charAt(end - 1))) end -= 1;
  return value.slice(0, end);
}

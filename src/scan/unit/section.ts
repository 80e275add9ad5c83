import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import type { Sited } from '../../model/bound-image.js';
import type { RootPath } from '../../model/path.js';
import { append } from '../../text/append.js';
import { decodeExpansions, decodeSpecifiers, isPlainText, type PlaceAt } from '../words/decode.js';
import { positionAt } from './file.js';
import { diagnoseIgnored } from './ignored-text.js';
import type { ServiceVariables } from './service-variables.js';
import type { LoadedUnit } from './unit.js';
import {
  bool,
  type Found,
  type FoundWords,
  list,
  positionIn,
  type SourcedAssignment,
  single,
  strv,
  words,
} from './values.js';

type Line = SourcedAssignment<RootPath>;

/** A value as written, the same as systemd hands it to podman, and the place of each of its characters. */
export interface UnitValue extends Sited<string> {
  readonly written: string;
  readonly placeAt: PlaceAt;
  /** What systemd puts in place of variables, as far as it is known. */
  readonly variables: () => ServiceVariables;
}

/** The part of a value from `start` up to `end`, with the places of its own characters. */
export function partOf(value: UnitValue, start: number, end?: number): UnitValue {
  const written = value.written.slice(start, end);
  const placeAt: PlaceAt = (offset) => value.placeAt(start + offset);
  const { variables } = value;
  return { value: written, written, place: placeAt(0), placeAt, variables };
}

/** Reads one section of a unit and collects what is wrong with its values. */
export interface SectionReader {
  readonly place: Place;
  /** The value of a key that counts once; `undefined` when it is absent or empty. */
  single(key: string): UnitValue | undefined;
  /** The same, but an empty value counts; `undefined` when the key is absent. */
  given(key: string): UnitValue | undefined;
  /** The last value of a key as it is written, quotes and all; `undefined` when the key is absent. */
  last(key: string): UnitValue | undefined;
  bool(key: string): Sited<boolean> | undefined;
  list(key: string): readonly UnitValue[];
  /** The words of a command line; what quadlet drops of it is reported. */
  words(key: string): readonly UnitValue[];
  /** The same for words whose backslashes are ordinary characters, as in lists of paths and names. */
  strv(key: string): readonly UnitValue[];
  /** The same as `value` with specifiers and `$` decoded; anything else that systemd would expand is reported. */
  decoded(value: UnitValue): UnitValue;
}

/** What most keys have: a unit is asked for many more than it has. */
const none: readonly UnitValue[] = [];

/** A reader for the section `name` of a unit, findings about its values going to `diagnostics`. */
export function readSection(
  unit: LoadedUnit,
  name: string,
  entry: string | null,
  diagnostics: Diagnostic[],
): SectionReader {
  const section = unit.section(name);

  function unitValue(found: Found<Line>): UnitValue {
    const placeAt = (offset: number): Place => {
      const { line, column } = positionIn(found, offset);
      return { entry, file: found.assignment.source, line, column };
    };
    const { variables } = unit;
    return { value: found.value, written: found.value, place: placeAt(0), placeAt, variables };
  }

  function header(): Place {
    for (const { unit: file, source } of unit.parts) {
      const found = file.sections.find((candidate) => candidate.name === name);
      if (found !== undefined) return { entry, file: source, line: found.line, column: found.column };
    }
    return { entry, file: unit.path, line: null, column: null };
  }

  const given = (key: string): UnitValue | undefined => {
    const found = single(section, key);
    return found && unitValue(found);
  };

  function wordsOf(key: string, { words: found, ignored }: FoundWords<Line>): readonly UnitValue[] {
    for (const { reason, offset, assignment } of ignored) {
      const { line, column } = positionAt(assignment, offset);
      diagnostics.push(diagnoseIgnored(key, reason, { entry, file: assignment.source, line, column }));
    }
    return found.map(unitValue);
  }

  return {
    get place() {
      return header();
    },
    given,
    single: (key) => {
      const found = given(key);
      return found?.written === '' ? undefined : found;
    },
    last: (key) => {
      const assignment = section.byKey.get(key)?.at(-1);
      return assignment && unitValue({ value: assignment.value, assignment, offset: 0 });
    },
    bool: (key) => {
      const found = bool(section, key);
      if (found === undefined) return undefined;
      return {
        value: found.value,
        place: { entry, file: found.assignment.source, ...positionIn({ ...found, value: '' }, 0) },
      };
    },
    list: (key) => (section.byKey.has(key) ? list(section, key).map(unitValue) : none),
    words: (key) => (section.byKey.has(key) ? wordsOf(key, words(section, key)) : none),
    strv: (key) => (section.byKey.has(key) ? wordsOf(key, strv(section, key)) : none),
    decoded: (value) => {
      if (!isPlainText(value.written)) diagnostics.push(diagnose('value-encoding', value.place, {}));
      const specifiers = decodeSpecifiers(value.written, value.placeAt);
      const expansions = decodeExpansions(specifiers.text, value.placeAt);
      append(diagnostics, specifiers.diagnostics);
      append(diagnostics, expansions.diagnostics);
      return { ...value, value: expansions.text };
    },
  };
}

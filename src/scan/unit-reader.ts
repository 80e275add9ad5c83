import type { Diagnostic, Place } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import type { RootPath } from '../root/path.js';
import type { Sited } from './bound-image.js';
import { isPlainText } from './plain-text.js';
import { isQuadletKey, type QuadletSection } from './quadlet-keys.js';
import { decodeExpansions, decodeSpecifiers, type PlaceAt } from './specifier.js';
import type { LoadedUnit } from './unit-search.js';
import {
  bool,
  type Found,
  list,
  mergeSection,
  positionIn,
  type SourcedAssignment,
  single,
  words,
} from './unit-values.js';

type Line = SourcedAssignment<RootPath>;

/** A value as written, the same as systemd hands it to podman, and the place of each of its characters. */
export interface UnitValue extends Sited<string> {
  readonly written: string;
  readonly placeAt: PlaceAt;
}

/** Reads one section of a unit and collects what is wrong with its values. */
export interface SectionReader {
  readonly place: Place;
  /** The value of a key that counts once; `undefined` when it is absent or empty. */
  single(key: string): UnitValue | undefined;
  bool(key: string): Sited<boolean> | undefined;
  list(key: string): readonly UnitValue[];
  words(key: string): readonly UnitValue[];
  /** The same as `value` with specifiers and `$` decoded; anything else that systemd would expand is reported. */
  decoded(value: UnitValue): UnitValue;
}

/** A reader for the section `name` of a unit, findings about it going to `diagnostics`. */
export function readSection(
  unit: LoadedUnit,
  name: QuadletSection,
  entry: string | null,
  diagnostics: Diagnostic[],
): SectionReader {
  const section = mergeSection(unit.parts, name) ?? { assignments: [] };
  reportUnknownKeys(unit, name, entry, diagnostics);
  reportUnknownKeys(unit, 'Quadlet', entry, diagnostics);

  function unitValue(found: Found<Line>): UnitValue {
    const placeAt = (offset: number): Place => ({
      entry,
      file: found.assignment.source,
      ...positionIn(found, offset),
    });
    return { value: found.value, written: found.value, place: placeAt(0), placeAt };
  }

  const header = unit.parts.flatMap((part) =>
    part.unit.sections
      .filter((candidate) => candidate.name === name)
      .map(({ line, column }) => ({ entry, file: part.source, line, column })),
  )[0];

  return {
    place: header ?? { entry, file: unit.path, line: null, column: null },
    single: (key) => {
      const found = single(section, key);
      return found === undefined || found.value === '' ? undefined : unitValue(found);
    },
    bool: (key) => {
      const found = bool(section, key);
      if (found === undefined) return undefined;
      return {
        value: found.value,
        place: { entry, file: found.assignment.source, ...positionIn({ ...found, value: '' }, 0) },
      };
    },
    list: (key) => list(section, key).map(unitValue),
    words: (key) => words(section, key).map(unitValue),
    decoded: (value) => {
      if (!isPlainText(value.written)) diagnostics.push(diagnose('value-encoding', value.place, {}));
      const specifiers = decodeSpecifiers(value.written, value.placeAt);
      const expansions = decodeExpansions(specifiers.text, value.placeAt);
      diagnostics.push(...specifiers.diagnostics, ...expansions.diagnostics);
      return { ...value, value: expansions.text };
    },
  };
}

function reportUnknownKeys(
  unit: LoadedUnit,
  section: QuadletSection,
  entry: string | null,
  diagnostics: Diagnostic[],
): void {
  for (const { key, source, line, column } of mergeSection(unit.parts, section)?.assignments ?? []) {
    if (isQuadletKey(section, key)) continue;
    diagnostics.push(diagnose('unit-unknown-key', { entry, file: source, line, column }, { section, key }));
  }
}

import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Place } from '../diagnostic/place.js';
import type { RuleId } from '../diagnostic/rules.js';
import { printable } from '../text/printable.js';

/** A change that takes away what a rule finds: to pin the image, or to write its name as podman stores it. */
export type Change = 'pin' | 'name';

/** Whether the author has decided that a reference stays as it is. */
export type KeepsReference = (place: Place, change: Change) => boolean;

const rulesOf: Record<Change, ReadonlySet<RuleId>> = {
  pin: new Set(['reference-floating', 'reference-untagged']),
  name: new Set(['reference-renamed', 'reference-tag-and-digest']),
};

/** The references whose findings are switched off by a comment or a setting: in `found`, but not in `judged`. */
export function keptReferences(found: readonly Diagnostic[], judged: readonly Diagnostic[]): KeepsReference {
  const left = new Set(judged.map(keyOf));
  const off = new Set<string>();
  for (const diagnostic of found) {
    if (left.has(keyOf(diagnostic))) continue;
    for (const change of ['pin', 'name'] as const) {
      if (rulesOf[change].has(diagnostic.rule)) off.add(`${change} ${placeKey(diagnostic)}`);
    }
  }
  return (place, change) => off.has(`${change} ${placeKey({ ...place, file: printable(place.file ?? '') })}`);
}

function keyOf(diagnostic: Diagnostic): string {
  return `${diagnostic.rule} ${placeKey(diagnostic)}`;
}

function placeKey({ file, line, column }: Pick<Place, 'file' | 'line' | 'column'>): string {
  return `${file}:${line}:${column}`;
}

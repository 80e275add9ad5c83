import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import type { Binding } from '../../model/bound-image.js';
import type { LoadedUnit } from '../../scan/unit/unit.js';
import { trimEnd } from '../../scan/unit/values.js';

/** Secrets that anybody can read: in the image of the OS, or on the way to the registry. */
export function checkConnection(
  { options, reference }: Binding,
  unitsOf: () => Iterable<LoadedUnit>,
): readonly Diagnostic[] {
  const { creds, tlsVerify } = options;
  // Without a password there is another finding, and nothing to read.
  const hasPassword = creds !== undefined && /:./s.test(creds.value);
  const isPinned = reference.transport === 'docker' && reference.digest !== null;
  return [
    ...(hasPassword ? [diagnose('creds-readable', creds.place, {})] : []),
    ...(tlsVerify?.value === false
      ? [
          diagnose('tls-not-verified', tlsVerify.place, {
            isPinned,
            unknownWord: unknownWord(tlsVerify.place, unitsOf()),
          }),
        ]
      : []),
  ];
}

/** What stands for false in a unit without being a word for it; `null` for such a word, and for an argument or a drop-in. */
function unknownWord({ file, line }: Place, units: Iterable<LoadedUnit>): string | null {
  for (const unit of units) {
    const given = unit.section(unit.kind.section).byKey.get('TLSVerify') ?? [];
    const written = given.find((assignment) => assignment.source === file && assignment.line === line)?.value;
    if (written !== undefined)
      return /^"?(?:0|no|false|off)"?$/i.test(trimEnd(written)) ? null : trimEnd(written);
  }
  return null;
}

import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { maskedSecret } from '../../model/bound-image.js';
import { describeReferenceProblem, parseReference, type Reference } from '../../model/reference/reference.js';
import { decodeSpecifiers, type PlaceAt } from './decode.js';

export interface WrittenReference {
  /** `undefined` when the text names no image that could be pulled; a diagnostic says why. */
  readonly reference: Reference | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the image that a drop-in or a quadlet names: specifiers first, then the reference grammar. */
export function readReference(value: string, placeAt: PlaceAt): WrittenReference {
  const decoded = decodeSpecifiers(value, placeAt);
  if (decoded.diagnostics.length > 0) return { reference: undefined, diagnostics: decoded.diagnostics };
  return readPlainReference(decoded.text, placeAt);
}

/** Reads an image that systemd does not see, so that a `%` is one. */
export function readPlainReference(written: string, placeAt: PlaceAt): WrittenReference {
  const parsed = parseReference(written);
  if (!parsed.ok) {
    const { message, instead } = describeReferenceProblem(parsed.problem);
    const text = shownReference(written);
    const place = placeAt(Math.min(parsed.problem.offset, written.length));
    return {
      reference: undefined,
      diagnostics: [diagnose('reference-invalid', place, { text, problem: message, instead })],
    };
  }
  const { reference } = parsed;
  const short = reference.transport === 'docker' && reference.registry === null;
  return {
    reference,
    diagnostics: short ? [diagnose('reference-short', placeAt(0), { text: written })] : [],
  };
}

/** The text of a reference as it may be shown: a URL may hold a password. */
export function shownReference(text: string): string {
  return text.replace(/\/\/[^/@]*@/, `//${maskedSecret}@`);
}

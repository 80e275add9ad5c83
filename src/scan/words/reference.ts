import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { maskedSecret } from '../../model/bound-image.js';
import { describeReferenceProblem, parseReference, type Reference } from '../../model/reference/reference.js';
import type { UnitValue } from '../unit/section.js';
import type { ServiceVariables } from '../unit/service-variables.js';
import { decodeExpansions, decodeSpecifiers, type PlaceAt } from './decode.js';

export interface WrittenReference {
  /** `undefined` when the text names no image that could be pulled; a diagnostic says why. */
  readonly reference: Reference | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** An image that a unit names, as far as this module reads it. */
type UnitImage = Pick<UnitValue, 'written' | 'placeAt' | 'variables'>;

/**
 * Reads the image that a quadlet names as the command line of its service has it: what systemd replaces comes first,
 * then the reference grammar.
 */
export function readUnitReference({ written, placeAt, variables }: UnitImage): WrittenReference {
  const { text, diagnostics } = decodeSpecifiers(written, placeAt);
  if (diagnostics.length > 0) return { reference: undefined, diagnostics };
  const decoded = decodeExpansions(text, placeAt);
  const [first] = decoded.diagnostics;
  if (first === undefined) return readPlainReference(decoded.text, placeAt);
  const [variable = ''] = /\$(?:\{[^}:]*\}|\w+)/.exec(text.replaceAll('$$', '  ')) ?? [];
  const args = { variable, instead: expanded(text, variables()) };
  return { reference: undefined, diagnostics: [diagnose('environment-expansion', first, args)] };
}

/** The reference that the service starts with, and what says so; null where that is not certain, or is none. */
function expanded(written: string, variables: ServiceVariables) {
  const from = new Set<string>();
  const replaced = (found: string, name: string | undefined) => {
    const variable = variables.get(name ?? '');
    if (variable === undefined) return found;
    from.add(variable.from);
    return variable.value;
  };
  const text = written.replace(/\$\{(\w+)\}/g, replaced).replace(/^\$(\w+)$/, replaced);
  return parseReference(text).ok ? { text, from: [...from] } : null;
}

/** Reads the image that a drop-in names: specifiers first, then the reference grammar. */
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

/**
 * Whether podman can pull an artifact by this name. Source: go.podman.io/common pkg/libartifact/reference.go.
 */
export function isArtifactName(reference: Reference): boolean {
  const isName = reference.transport === 'docker' && reference.registry !== null;
  return isName && (reference.tag === null || reference.digest === null);
}

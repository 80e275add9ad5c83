import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { inFile } from '../../diagnostic/place.js';
import type { RootPath } from '../../model/path.js';
import { describeProblemAt, isOfUnknownHost } from '../../root/problem.js';
import type { RootView } from '../../root/root-view.js';
import { parseUnitFile, type UnitFile, type UnitSyntaxCode } from './file.js';

/** One parsed file of a unit: the unit itself or a drop-in. */
export interface UnitPart {
  readonly unit: UnitFile;
  readonly source: RootPath;
}

/** Larger than any unit; also the limit for TOML drop-ins. */
export const configurationLimitBytes = 1024 * 1024;

export interface ReadUnit {
  /** Without it, the diagnostics say why quadlet cannot use the file. */
  readonly part: UnitPart | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads one unit file, or a drop-in of one, which quadlet passes over where it cannot read it. */
export function readUnit(root: RootView, path: RootPath, kind: 'unit' | 'drop-in' = 'unit'): ReadUnit {
  const isDropIn = kind === 'drop-in';
  const file = root.readFile(path, { limitBytes: configurationLimitBytes });
  if (!file.ok) {
    const { problem } = file;
    const rule = isDropIn ? 'unit-drop-in-skipped' : 'unit-unreadable';
    const diagnostic = isOfUnknownHost(root, problem)
      ? diagnose('host-path-unknown', inFile(path), { what: kind, path: problem.path })
      : problem.kind === 'too-large' && !isDropIn
        ? diagnose('file-too-large', inFile(path), problem)
        : diagnose(rule, inFile(path), { problem: describeProblemAt(root, path, problem) });
    return { part: undefined, diagnostics: [diagnostic] };
  }
  const parsed = parseUnitFile(file.bytes);
  const notes = parsed.notes.map(({ line, column }) =>
    diagnose('unit-lost-continuation', { ...inFile(path), line, column }, {}),
  );
  if (parsed.ok) return { part: { unit: parsed.unit, source: path }, diagnostics: notes };
  const rule = isDropIn ? 'unit-drop-in-skipped' : 'unit-syntax';
  const problems = parsed.problems.map(({ code, line, column }) =>
    diagnose(rule, { ...inFile(path), line, column }, describeSyntax(code)),
  );
  return { part: undefined, diagnostics: [...problems, ...notes] };
}

const sentences: Record<UnitSyntaxCode, string> = {
  'byte-order-mark': 'the file begins with a byte-order mark',
  'key-before-section': 'a key stands before the first [section]',
  'key-empty': 'there is no key before the “=”',
  'not-an-assignment': 'the line is neither key=value, nor a [section], nor a comment',
  'section-name-empty': 'the section has no name',
  'section-name-invalid': 'the name of the section holds “[” or a control character',
  'section-unclosed': 'the “]” after the name of the section is missing',
  'text-after-section': 'text follows the [section]; comments have lines of their own',
};

/** A syntax problem as part of a sentence, and what to do about it. */
export function describeSyntax(code: UnitSyntaxCode): { readonly problem: string; readonly hint: string } {
  const hint =
    code === 'byte-order-mark'
      ? 'save the file as UTF-8 without a byte-order mark'
      : 'write [Section] and Key=value lines; a comment is a line of its own that begins with #';
  return { problem: sentences[code], hint };
}

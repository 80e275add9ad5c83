import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { inFile } from '../../diagnostic/place.js';
import type { RootPath } from '../../model/path.js';
import { describeProblemAt } from '../../root/problem.js';
import type { RootView } from '../../root/root-view.js';
import { parseUnitFile, type UnitFile } from './file.js';
import { describeSyntax } from './unit-syntax.js';

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
    const diagnostic =
      problem.kind === 'too-large' && !isDropIn
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

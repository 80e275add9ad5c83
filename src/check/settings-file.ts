import { didYouMean } from '../diagnostic/did-you-mean.js';
import type { RuleId } from '../diagnostic/rules.js';
import { tomlSyntaxHint } from '../diagnostic/toml-syntax-hint.js';
import type { Position } from '../text/position.js';
import { isTable, parseToml, type Table } from '../text/toml.js';
import type { TomlPath, TomlPositions } from '../text/toml-positions.js';
import { isLevel, isRuleId, type Level, levels, type Settings, unknownRuleHint } from './settings.js';

/**
 * The format of a file of settings, in one place:
 *
 *     strict = true
 *
 *     [rules]
 *     reference-floating = "off"
 */
const keys = ['strict', 'rules'] as const;

/** A mistake in a file of settings, in one sentence. */
export interface SettingsProblem extends Position {
  readonly problem: string;
}

export type ParsedSettings =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] };

/** Reads the text of a file of settings: what it says, or every mistake in it, from its first line to its last. */
export function parseSettings(text: string): ParsedSettings {
  const parsed = parseToml(text);
  if (parsed.ok) return readSettings(parsed.table, parsed.positions());
  const problem = `not valid TOML: ${parsed.problem}; ${tomlSyntaxHint(parsed.problem)}`;
  return { ok: false, problems: [{ ...parsed.place, problem }] };
}

function readSettings(document: Table, positions: TomlPositions): ParsedSettings {
  const problems: SettingsProblem[] = [];
  const report = (at: Position | undefined, problem: string) =>
    problems.push({ line: at?.line ?? 1, column: at?.column ?? 1, problem });
  const reportKey = (path: TomlPath, problem: string) => report(positions.key(path), problem);
  const reportValue = (path: TomlPath, problem: string) => report(positions.value(path), problem);

  let strict = false;
  const read = new Map<RuleId, Level>();
  for (const [key, value] of Object.entries(document)) {
    if (key === 'strict') {
      if (typeof value === 'boolean') strict = value;
      else reportValue([key], '“strict” must be true or false');
    } else if (key === 'rules') {
      if (!isTable(value)) reportValue([key], '“rules” must be a table, written [rules]');
      for (const [rule, level] of isTable(value) ? Object.entries(value) : []) {
        if (!isRuleId(rule)) reportKey([key, rule], `there is no rule “${rule}”: ${unknownRuleHint(rule)}`);
        else if (!isLevel(level)) reportValue([key, rule], `“${rule}” must be ${levelNames}`);
        else read.set(rule, level);
      }
    } else if (isRuleId(key)) reportKey([key], `“${key}” is a rule: write it below [rules]`);
    else reportKey([key], `unknown key “${key}”: ${didYouMean(key, keys) ?? `known are ${keys.join(', ')}`}`);
  }
  if (problems.length === 0) return { ok: true, settings: { levels: read, strict } };
  return { ok: false, problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
}

const levelNames = levels.map((level) => `"${level}"`).join(' or ');

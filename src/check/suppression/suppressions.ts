import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import type { RuleId } from '../../diagnostic/rules.js';
import { isRuleId, unknownRuleHint } from '../settings.js';
import type { Comment } from './comments.js';

/** What a comment says about one rule. */
export interface Suppression {
  readonly rule: RuleId;
  /** Where the comment names the rule. */
  readonly place: Place;
  /** The lines whose findings are not to be shown. */
  readonly lines: readonly number[];
}

export interface ReadSuppressions {
  readonly suppressions: readonly Suppression[];
  /** Comments that were meant to suppress something, and do not. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Stands in every comment that suppresses something, and in those that were meant to, in any case. */
export const marker = 'bound-images';

const beginning = new RegExp(`^[#;]+\\s*${marker}:\\s*ignore(?![\\w-])`);
const verbs = '(?:ignore|disable|allow|off|suppress|skip)';
/** What others write for it. A sentence may begin with the name, too, and go on with any other word. */
const nearMiss = new RegExp(`^[#;]+\\s*${marker}(?:\\s*:\\s*${verbs}(?!\\w)|[\\s-]+${verbs}(?![\\w-]))`, 'i');
const namingRule = new RegExp(`^[#;]+\\s*${marker}\\s*:\\s*([\\w-]+)`, 'i');

/**
 * What the comments of a file suppress: `# bound-images: ignore RULE[, RULE…]: REASON`. One without a rule or
 * without a reason suppresses nothing. `file` is the place of the file.
 */
export function readSuppressions(comments: readonly Comment[], file: Place): ReadSuppressions {
  const read = comments.map((comment) => readSuppression(comment, file));
  return {
    suppressions: read.flatMap(({ suppressions }) => suppressions),
    diagnostics: read.flatMap(({ diagnostics }) => diagnostics),
  };
}

function readSuppression({ text, line, column, lines }: Comment, file: Place): ReadSuppressions {
  const [begun] = beginning.exec(text) ?? [];
  if (begun === undefined) {
    const isMissed = nearMiss.test(text) || isRuleId(namingRule.exec(text)?.[1] ?? '');
    const missed = isMissed
      ? [diagnose('suppression-incomplete', { ...file, line, column }, { missing: 'form' })]
      : [];
    return { suppressions: [], diagnostics: missed };
  }
  const said = text.slice(begun.length);
  const [listed = '', ...reason] = said.split(':');
  const names = [...listed.matchAll(/[^\s,](?:[^,]*[^\s,])?/g)];
  const missing = names.length === 0 ? 'rule' : reason.join(':').trim() === '' ? 'reason' : undefined;
  if (missing !== undefined) {
    const place = { ...file, line, column };
    return { suppressions: [], diagnostics: [diagnose('suppression-incomplete', place, { missing })] };
  }
  const suppressions: Suppression[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const { 0: name, index } of names) {
    const place = { ...file, line, column: column + begun.length + index };
    if (isRuleId(name)) suppressions.push({ rule: name, place, lines });
    else {
      const hint = name.split(/\s+/).every(isRuleId) ? 'write a comma between rules' : unknownRuleHint(name);
      const args = { name, hint };
      diagnostics.push(diagnose('suppression-unknown-rule', place, args));
    }
  }
  return { suppressions, diagnostics };
}

import { printable } from '../text/printable.js';
import type { Diagnostic } from './diagnostic.js';
import type { Place } from './place.js';
import type { Rule } from './rule.js';
import { type RuleId, rules } from './rules.js';

/** What the sentences of a rule are filled with. */
export type RuleArgs<R extends RuleId> = Parameters<(typeof rules)[R]['message']>[0];

/** Makes a finding. Text from the root is made printable here, so that no caller can forget it. */
export function diagnose<R extends RuleId>(
  rule: R,
  place: Place,
  args: RuleArgs<R>,
  excerpt: string | null = null,
): Diagnostic {
  const { severity, message, hint } = rules[rule] as unknown as Rule<RuleArgs<R>>;
  const hintText = hint(args);
  return {
    rule,
    severity,
    entry: place.entry === null ? null : printable(place.entry),
    file: place.file === null ? null : printable(place.file),
    line: place.line,
    column: place.column,
    message: printable(message(args)),
    hint: hintText === null ? null : printable(hintText),
    excerpt: excerpt === null ? null : excerpt.split('\n').map(printable).join('\n'),
  };
}

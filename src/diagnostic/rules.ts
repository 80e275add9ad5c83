import type { Diagnostic, Place, Severity } from './diagnostic.js';
import { printable } from './printable.js';
import type { Rule } from './rule.js';
import { access } from './rules/access.js';
import { authFiles } from './rules/auth-files.js';
import { dropIns } from './rules/drop-ins.js';
import { entries } from './rules/entries.js';
import { fixes } from './rules/fixes.js';
import { images } from './rules/images.js';
import { online } from './rules/online.js';
import { plans } from './rules/plans.js';
import { pulls } from './rules/pulls.js';
import { references } from './rules/references.js';
import { registriesConf } from './rules/registries-conf.js';
import { services } from './rules/services.js';
import { signaturePolicy } from './rules/signature-policy.js';
import { storageConf } from './rules/storage-conf.js';
import { suppressions } from './rules/suppressions.js';
import { units } from './rules/units.js';
import { values } from './rules/values.js';

/** Every finding that can be made: its severity and its sentences. Ids are stable. */
const rules = {
  ...entries,
  ...dropIns,
  ...units,
  ...images,
  ...references,
  ...values,
  ...pulls,
  ...access,
  ...plans,
  ...services,
  ...authFiles,
  ...signaturePolicy,
  ...registriesConf,
  ...storageConf,
  ...suppressions,
  ...online,
  ...fixes,
} satisfies Record<string, Rule<never>>;

export type RuleId = keyof typeof rules;

export const ruleIds = Object.keys(rules) as readonly RuleId[];

/** How bad its findings are where nobody decides otherwise. */
export function defaultSeverity(rule: RuleId): Severity {
  return rules[rule].severity;
}

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

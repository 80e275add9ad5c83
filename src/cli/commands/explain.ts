import { isRuleId } from '../../check/settings.js';
import { nearWords } from '../../diagnostic/did-you-mean.js';
import { defaultSeverity, type RuleId, ruleIds } from '../../diagnostic/rules.js';
import { BoundImagesError } from '../../model/error.js';
import { printable } from '../../text/printable.js';
import { exitStatus } from '../exit-status.js';
import type { RootOptions } from '../options.js';
import { writeResult } from '../output.js';
import { type ExplainedRule, explainJson, rulesText } from '../report/explain.js';
import { rulePageText } from '../report/rule-page.js';
import type { RulePages } from '../report/sarif.js';

export interface ExplainOptions extends Pick<RootOptions, 'format'> {}

/** `bound-images explain`: the page of a rule, or all rules, each in one line. @throws BoundImagesError `usage`. */
export async function explain(name: string | undefined, { format }: ExplainOptions): Promise<number> {
  const names = name === undefined ? ruleIds : [ruleNamed(name)];
  const { rulePages } = await import('../report/rule-pages.js');
  const rules = names.map((rule) => explained(rule, rulePages));
  const [first] = rules;
  if (format === 'json') writeResult(explainJson(rules, name !== undefined));
  else if (name === undefined || first === undefined) writeResult(rulesText(rules, process.stdout));
  else writeResult(rulePageText(first.page, process.stdout));
  return exitStatus.ok;
}

function explained(rule: RuleId, rulePages: RulePages): ExplainedRule {
  return { rule, severity: defaultSeverity(rule), page: rulePages[rule] ?? '' };
}

/** As a finding shows it, in brackets, too. */
function ruleNamed(text: string): RuleId {
  const name = text.replace(/^\[(.*)\]$/, '$1');
  if (isRuleId(name)) return name;
  const near = nearWords(name, ruleIds).map((rule) => `“${rule}”`);
  const hint =
    near.length === 0
      ? 'bound-images explain lists all rules'
      : `did you mean ${near.join(' or ')}? bound-images explain lists all rules`;
  throw new BoundImagesError('usage', `there is no rule “${printable(text)}”`, { hint });
}

import type { Rule, Severity } from './rule.js';
import { access } from './rules/access.js';
import { authFiles } from './rules/auth-files.js';
import { containersConf } from './rules/containers-conf.js';
import { dropIns } from './rules/drop-ins.js';
import { entries } from './rules/entries.js';
import { fixes } from './rules/fixes.js';
import { images } from './rules/images.js';
import { online } from './rules/online.js';
import { payloads } from './rules/payloads.js';
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
export const rules = {
  ...entries,
  ...dropIns,
  ...payloads,
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
  ...containersConf,
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

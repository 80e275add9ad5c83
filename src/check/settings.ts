import { didYouMean } from '../diagnostic/did-you-mean.js';
import { type RuleId, ruleIds } from '../diagnostic/rules.js';

/** How bad a finding of a rule is to count; `off` is not shown at all. */
export type Level = 'off' | 'warning' | 'error';

export const levels: readonly Level[] = ['off', 'warning', 'error'];

/** What the author of an image decided about rules. */
export interface Settings {
  readonly levels: ReadonlyMap<RuleId, Level>;
  /** Warnings fail the check, too. */
  readonly strict: boolean;
}

export const defaultSettings: Settings = { levels: new Map(), strict: false };

/** Settings of one source over those of another: a level counts more than an earlier one, strict stays strict. */
export function mergeSettings(base: Settings, over: Settings): Settings {
  return { levels: new Map([...base.levels, ...over.levels]), strict: base.strict || over.strict };
}

export function isRuleId(text: string): text is RuleId {
  return (ruleIds as readonly string[]).includes(text);
}

export function isLevel(value: unknown): value is Level {
  return (levels as readonly unknown[]).includes(value);
}

/** What to do about a name that is no rule’s. */
export function unknownRuleHint(name: string): string {
  return didYouMean(name, ruleIds) ?? 'every rule has a page in contrib/docs/rules';
}

import type { RuleId } from '../diagnostic/rules.js';

/** How bad a finding of a rule is to count; `off` is not shown at all. */
export type Level = 'off' | 'warning' | 'error';

/** What the author of an image decided about rules. */
export interface Settings {
  readonly levels: ReadonlyMap<RuleId, Level>;
  readonly strict: boolean;
}

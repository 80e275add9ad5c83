import type { RuleId } from '../../src/diagnostic/rules.js';
import type { TreeSpec } from '../support/tree-spec.js';

/** What is changed in the clean root: `null` takes a file away. */
export type Change = Readonly<Record<string, TreeSpec[string] | null>>;

/** One mistake that a rule finds, and the nearest thing that is right. */
export interface RuleRow {
  readonly rule: RuleId;
  /** What sets this row apart from others of its rule. */
  readonly name: string;
  /** Breaks one thing. */
  readonly wrong: Change;
  /** Where each finding is: `/file:line:column`. There is no finding of another rule but those of `beside`. */
  readonly at: readonly string[];
  /** What cannot but be found along with it, as `rule /file:line:column`. */
  readonly beside?: readonly string[];
  readonly right: Change;
}

import { warning } from '../rule.js';

/** What is wrong with a comment that suppresses a finding. */
export const suppressions = {
  'suppression-incomplete': warning<{ missing: 'rule' | 'reason' | 'form' }>(
    ({ missing }) =>
      `this comment suppresses nothing: ${missing === 'form' ? 'it does not begin with “bound-images: ignore”' : `it names no ${missing}`}`,
    () => 'write # bound-images: ignore RULE: REASON',
  ),
  'suppression-unknown-rule': warning<{ name: string; hint: string }>(
    ({ name }) => `this comment suppresses nothing here: there is no rule “${name}”`,
    ({ hint }) => hint,
  ),
  'suppression-unused': warning<{ rule: string }>(
    ({ rule }) =>
      `there is nothing to suppress: “${rule}” finds nothing in the line that this comment is about`,
    ({ rule }) =>
      `remove “${rule}” from the comment, or put the comment right above the line that it is about`,
  ),
};

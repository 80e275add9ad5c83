import type { RuleRow } from '../rule-row.js';

export const entries: readonly RuleRow[] = [];

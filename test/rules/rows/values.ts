import type { RuleRow } from '../rule-row.js';

export const values: readonly RuleRow[] = [];

import type { RuleRow } from '../rule-row.js';

export const references: readonly RuleRow[] = [];

import type { RuleRow } from '../rule-row.js';

export const access: readonly RuleRow[] = [];

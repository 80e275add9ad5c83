import type { RuleRow } from '../rule-row.js';

export const dropIns: readonly RuleRow[] = [];

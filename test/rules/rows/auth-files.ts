import type { RuleRow } from '../rule-row.js';

export const authFiles: readonly RuleRow[] = [];

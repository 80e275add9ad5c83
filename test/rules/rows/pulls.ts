import type { RuleRow } from '../rule-row.js';

export const pulls: readonly RuleRow[] = [];

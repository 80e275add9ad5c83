import type { RuleRow } from '../rule-row.js';

export const units: readonly RuleRow[] = [];

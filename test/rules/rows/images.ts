import type { RuleRow } from '../rule-row.js';

export const images: readonly RuleRow[] = [];

import type { RuleRow } from '../rule-row.js';

export const services: readonly RuleRow[] = [];

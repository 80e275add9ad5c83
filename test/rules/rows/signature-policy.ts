import type { RuleRow } from '../rule-row.js';

export const signaturePolicy: readonly RuleRow[] = [];

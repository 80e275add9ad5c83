import type { RuleRow } from '../rule-row.js';

export const storageConf: readonly RuleRow[] = [];

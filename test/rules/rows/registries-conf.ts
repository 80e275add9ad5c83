import type { RuleRow } from '../rule-row.js';

export const registriesConf: readonly RuleRow[] = [];

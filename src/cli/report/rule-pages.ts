import type { RulePages } from './sarif.js';

/** What is in contrib/docs/rules, put in when the program is built: it may be copied to where these files are not. */
declare const BOUND_IMAGES_RULE_PAGES: string;

export const rulePages: RulePages = JSON.parse(BOUND_IMAGES_RULE_PAGES);

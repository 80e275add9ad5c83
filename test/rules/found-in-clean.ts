import type { RuleId } from '../../src/diagnostic/rules.js';
import { checkRoots } from '../support/check-roots.js';
import { makeRoots } from '../support/roots.js';
import { cleanRoot } from './clean-root.js';

/** The rules that find something in the clean root, where one test wants none. */
export const foundInClean: ReadonlySet<RuleId> = new Set(
  checkRoots(makeRoots(cleanRoot)).map(({ rule }) => rule),
);

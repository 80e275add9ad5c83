import type { Diagnostic } from '../../src/diagnostic/diagnostic.js';
import { checkRoots } from '../support/check-roots.js';
import { makeRoots } from '../support/roots.js';
import { cleanRoot } from './clean-root.js';

let rules: ReadonlySet<string> | undefined;

/**
 * Whether a rule finds something in the clean root itself, of which there is a test: that one fails, and not everything
 * that stands on the clean root as well. Without such a mistake this is false of every finding.
 */
export function isOfCleanRoot({ rule }: Diagnostic): boolean {
  rules ??= new Set(checkRoots(makeRoots(cleanRoot)).map((finding) => finding.rule));
  return rules.has(rule);
}

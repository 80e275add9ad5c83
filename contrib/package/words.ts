import { completions } from '../completions/generate.js';
import { manPages } from '../man/generate.js';
import type { TreeParts } from './tree.js';

/** What is made from the definition of the program. */
export function words(): Pick<TreeParts, 'manPages' | 'completions'> {
  return { manPages: manPages(), completions: completions() };
}

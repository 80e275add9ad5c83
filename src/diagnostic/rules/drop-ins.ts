import { didYouMean } from '../did-you-mean.js';
import { error, warning } from '../rule.js';
import { tomlSyntaxHint } from '../toml-syntax-hint.js';

/** What is wrong with a TOML drop-in. */
export const dropIns = {
  'toml-encoding': error<object>(
    () => 'the drop-in is not UTF-8, so nothing in it is read',
    () => 'save it as UTF-8; TOML allows nothing else',
  ),
  'toml-syntax': error<{ problem: string }>(
    ({ problem }) => `not valid TOML, so nothing in the drop-in is read: ${problem}`,
    ({ problem }) => tomlSyntaxHint(problem),
  ),
  'toml-unknown-key': error<{
    key: string;
    known: readonly string[];
    /** The tables below the one in which the key stands, where it is one of theirs. */
    tableBelow: string | null;
  }>(
    ({ key }) => `unknown key “${key}”: it has no effect`,
    ({ key, known, tableBelow }) => {
      if (tableBelow === 'image')
        return `write “${key}” in the [[image]] table of the image that it is about`;
      if (tableBelow !== null) return `write “${key}” in the [[${tableBelow}]] table that it is about`;
      return key === 'images' && !known.includes(key)
        ? 'move “images” to the top of the file, before the first [[image]]'
        : (didYouMean(key, known) ?? `known here: ${known.join(', ')}`);
    },
  ),
  'toml-wrong-type': error<{ key: string; expected: string; actual: string }>(
    ({ key, expected, actual }) => `“${key}” must be ${expected}, not ${actual}`,
    ({ key, actual }) => {
      if (/^image\[\d+\]$/.test(key) && actual === 'a string') {
        return 'write images = ["…"] for images without options';
      }
      return /^images\[\d+\]$/.test(key) && actual === 'a table'
        ? 'write [[image]] for an image with options'
        : null;
    },
  ),
  'toml-empty-string': error<{ key: string }>(
    ({ key }) => `“${key}” is empty`,
    ({ key }) => `give “${key}” a value or leave it out`,
  ),
  'toml-missing-reference': error<{ table: 'image' | 'artifact' }>(
    ({ table }) =>
      `this [[${table}]] table binds nothing: it has no “reference” that says which ${table} it is about`,
    () => 'add reference = "registry/name:tag"',
  ),
  'toml-duplicate-reference': error<{ reference: string; line: number }>(
    ({ reference, line }) =>
      `“${reference}” is bound twice in this file, first in line ${line}; only one of the two can say how to pull it`,
    () => 'keep the one with the options that the pull needs',
  ),
  'toml-no-images': warning<object>(
    () => 'the drop-in binds no image',
    () => 'add images = ["registry/name:tag"], or mask the entry with a link to /dev/null',
  ),
};

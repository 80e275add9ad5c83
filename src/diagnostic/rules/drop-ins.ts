import { error, warning } from '../rule.js';

/** What is wrong with a TOML drop-in. */
export const dropIns = {
  'toml-encoding': error<object>(
    () => 'the drop-in is not UTF-8',
    () => 'save it as UTF-8; TOML allows nothing else',
  ),
  'toml-syntax': error<{ problem: string }>(({ problem }) => `not valid TOML: ${problem}`),
  'toml-unknown-key': error<{ key: string; known: readonly string[] }>(
    ({ key }) => `unknown key “${key}”`,
    ({ known }) => `known here: ${known.join(', ')}`,
  ),
  'toml-wrong-type': error<{ key: string; expected: string; actual: string }>(
    ({ key, expected, actual }) => `“${key}” must be ${expected}, not ${actual}`,
  ),
  'toml-empty-string': error<{ key: string }>(
    ({ key }) => `“${key}” is empty`,
    ({ key }) => `give “${key}” a value or leave it out`,
  ),
  'toml-missing-reference': error<object>(
    () => 'this [[image]] table has no “reference”',
    () => 'add reference = "registry/name:tag"',
  ),
  'toml-duplicate-reference': error<{ reference: string; line: number }>(
    ({ reference, line }) => `“${reference}” is bound twice in this file, first in line ${line}`,
    () => 'keep one of the two',
  ),
  'toml-no-images': warning<object>(
    () => 'the drop-in binds no image',
    () => 'add images = ["registry/name:tag"], or mask the entry with a link to /dev/null',
  ),
};

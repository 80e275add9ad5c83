import { info } from '../rule.js';

/** What `check --fix` has left as it was. */
export const fixes = {
  'reference-not-fixed': info<{ text: string; problem: string }>(
    ({ text, problem }) => `“${text}” stays as it is: ${problem}`,
    () => 'to change it, edit every file that names the image by hand',
  ),
};

/** Where the project lives; also in package.json. */
export const homepage = 'https://github.com/bound-images/bound-images';

/** The folder of the pages that explain the rules. */
export const rulesUri = `${homepage}/blob/main/contrib/docs/rules`;

/** The page that explains a rule. */
export function helpUri(rule: string): string {
  return `${rulesUri}/${rule}.md`;
}

import { readFileSync } from 'node:fs';
import { firstSentence } from '../../src/cli/report/rule-page.js';
import type { Severity } from '../../src/diagnostic/rule.js';
import { access } from '../../src/diagnostic/rules/access.js';
import { authFiles } from '../../src/diagnostic/rules/auth-files.js';
import { containersConf } from '../../src/diagnostic/rules/containers-conf.js';
import { dropIns } from '../../src/diagnostic/rules/drop-ins.js';
import { entries } from '../../src/diagnostic/rules/entries.js';
import { fixes } from '../../src/diagnostic/rules/fixes.js';
import { images } from '../../src/diagnostic/rules/images.js';
import { online } from '../../src/diagnostic/rules/online.js';
import { payloads } from '../../src/diagnostic/rules/payloads.js';
import { plans } from '../../src/diagnostic/rules/plans.js';
import { pulls } from '../../src/diagnostic/rules/pulls.js';
import { references } from '../../src/diagnostic/rules/references.js';
import { registriesConf } from '../../src/diagnostic/rules/registries-conf.js';
import { services } from '../../src/diagnostic/rules/services.js';
import { signaturePolicy } from '../../src/diagnostic/rules/signature-policy.js';
import { storageConf } from '../../src/diagnostic/rules/storage-conf.js';
import { suppressions } from '../../src/diagnostic/rules/suppressions.js';
import { units } from '../../src/diagnostic/rules/units.js';
import { values } from '../../src/diagnostic/rules/values.js';
import { type RuleId, ruleIds } from '../../src/diagnostic/rules.js';

export const pagesDirectory = new URL('../../contrib/docs/rules/', import.meta.url);

type Table = Readonly<Record<string, { readonly severity: Severity }>>;

const tables: readonly (readonly [title: string, table: Table])[] = [
  ['Entries of a bound-images directory', entries],
  ['TOML drop-ins', dropIns],
  ['Payloads of images and artifacts', payloads],
  ['Unit files', units],
  ['The image that a unit names', images],
  ['Image references', references],
  ['Values in units and drop-ins', values],
  ['How an image is pulled', pulls],
  ['Credentials, certificates and other files that a pull needs', access],
  ['Auth files', authFiles],
  ['Services at boot', services],
  ['Signature policy: policy.json and registries.d', signaturePolicy],
  ['registries.conf', registriesConf],
  ['storage.conf', storageConf],
  ['containers.conf', containersConf],
  ['Comments that suppress findings', suppressions],
  ['Asking registries: `check --online`', online],
  ['Writing digests: `check --fix`', fixes],
  ['Planning a pull', plans],
];

export function readPage(rule: RuleId): string {
  return readFileSync(new URL(`${rule}.md`, pagesDirectory), 'utf8');
}

/** The README.md beside the pages: each rule under the title of its table, with the first sentence of its page. */
export function rulesIndex(): string {
  const sections = tables.map(([title, table]) => {
    const rows = ruleIds
      .filter((rule) => rule in table)
      .map(
        (rule) =>
          `| [${rule}](${rule}.md) | ${table[rule]?.severity} | ${firstSentence(readPage(rule)).replaceAll('|', '\\|')} |\n`,
      );
    return rows.length === 0
      ? ''
      : `\n## ${title}\n\n| Rule | Severity | What |\n| --- | --- | --- |\n${rows.join('')}`;
  });
  return `# Rules

What \`bound-images\` finds in a configuration. Each page says what is wrong, why it fails on a host, and what to write
instead. A level in \`.bound-images.toml\` or \`check --rule\` counts more than the severity here.
${sections.join('')}`;
}

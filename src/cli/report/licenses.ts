import { schemaVersion } from './schema-version.js';

/** Whose work is in this program, and under which licence. */
export interface Notice {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
  readonly text: string;
}

/** What `licenses --format json` prints. */
export function licensesJson(notices: readonly Notice[]): object {
  return { schemaVersion, packages: notices };
}

/** The same for a person: all of them in short, then each licence as it is written. */
export function licensesText(notices: readonly Notice[]): string {
  const title = ({ name, version, license }: Notice) => `${name} ${version}: ${license}`;
  const texts = notices.map((notice) => `${title(notice)}\n\n${notice.text}\n`);
  const rule = `\n${'-'.repeat(80)}\n`;
  return [`${notices.map(title).join('\n')}\n`, ...texts].join(rule);
}

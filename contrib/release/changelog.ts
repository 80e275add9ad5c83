import { about } from '../package/platforms.js';
import { Refusal } from './refusal.js';

/** The sections of a changelog with their headings, behind what stands before the first. */
const partsOf = (changelog: string): readonly string[] => changelog.split(/^(?=## )/m);

/**
 * The changelog with what is below *Unreleased* as the section of a version, and *Unreleased* empty again.
 * @param date as YYYY-MM-DD
 * @throws Refusal when nothing is below *Unreleased*
 */
export function closeUnreleased(changelog: string, version: string, date: string): string {
  const heading = /^## Unreleased\n/;
  const parts = partsOf(changelog);
  const open = parts.find((part) => heading.test(part));
  if (open === undefined) throw new Refusal('CHANGELOG.md has no section “## Unreleased”');
  if (!/^(?!#).*\S/m.test(open)) {
    throw new Refusal('CHANGELOG.md has nothing below “## Unreleased”: say there what users will see');
  }
  const closed = open.replace(heading, `## Unreleased\n\n## ${version} – ${date}\n`);
  return parts.map((part) => (part === open ? closed : part)).join('');
}

/**
 * The section of a version, as the page of its release shows it.
 * @throws Refusal when there is none
 */
export function releaseNotes(changelog: string, version: string): string {
  const section = partsOf(changelog).find((part) => part.startsWith(`## ${version} – `));
  if (section === undefined) throw new Refusal(`CHANGELOG.md has no section “## ${version} – YYYY-MM-DD”`);
  return (
    section
      .replace(/^.*\n+/, '')
      .trimEnd()
      .concat('\n')
      // Each end of a line is one there, and links begin where the page is.
      .replaceAll(/\n +(?=[^\s-])/g, ' ')
      .replaceAll(/\]\((?!\w+:|#)/g, `](${about.homepage}/blob/v${version}/`)
  );
}

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Of the package. */
export const { version }: { readonly version: string } = JSON.parse(readFileSync('package.json', 'utf8'));

/**
 * The time that everything that is packaged has, in seconds since 1970: of the commit, so that two builds of one are
 * equal. Source: reproducible-builds.org/specs/source-date-epoch.
 */
export function sourceDateEpoch(): number {
  const given = process.env.SOURCE_DATE_EPOCH;
  return Number(given ?? execFileSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8' }));
}

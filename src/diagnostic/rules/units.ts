import { didYouMean } from '../did-you-mean.js';
import { error, warning } from '../rule.js';

/** With more than these, the first will do. */
const listedNames = 10;

/** `a, b and c`, or `a, b and 7 more`. */
function listed(names: readonly string[]): string {
  const surplus = names.length - listedNames;
  const shown = surplus > 0 ? [...names.slice(0, listedNames), `${surplus} more`] : names;
  const last = shown.at(-1) ?? '';
  return shown.length === 1 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`;
}

/** What is wrong with a unit, or with how it loads. */
export const units = {
  'unit-syntax': error<{ problem: string; hint: string }>(
    ({ problem }) => `quadlet cannot read this unit, and drops every unit of its directory: ${problem}`,
    ({ hint }) => hint,
  ),
  'unit-lost-continuation': warning<object>(
    () => 'quadlet ignores this line: it ends in a backslash, and no line follows',
    () => 'remove the backslash at the end of the line',
  ),
  'words-ignored': warning<{ key: string; problem: string; hint: string }>(
    ({ key, problem }) => `quadlet does not take this ${key}= as it is written: ${problem}`,
    ({ hint }) => hint,
  ),
  'unit-directory-poisoned': error<{ directory: string; culprits: readonly string[] }>(
    ({ directory, culprits }) =>
      `the service is missing at boot: quadlet loads no unit from ${directory}, because it cannot read ${listed(culprits)} there`,
    ({ culprits }) => `repair or remove ${listed(culprits)}`,
  ),
  'unit-unknown-key': error<{
    section: string;
    key: string;
    known: readonly string[];
    /** The key is one of `.image` units, to which this unit could refer. */
    isOfImage: boolean;
  }>(
    ({ section, key }) => `quadlet makes no service of the unit: there is no key “${key}” in [${section}]`,
    ({ key, known, isOfImage }) =>
      isOfImage
        ? `write ${key}= in the [Image] section of an .image unit, and name that unit in Image= here`
        : (didYouMean(key, known) ?? 'see podman-systemd.unit(5) for the keys of this section'),
  ),
  'unit-refused': error<{ reason: string; hint: string }>(
    ({ reason }) => `quadlet makes no service of the unit: ${reason}`,
    ({ hint }) => hint,
  ),
  'unit-missing': error<{ name: string }>(
    ({ name }) =>
      `quadlet makes no service of the unit: there is no “${name}” in the directories that quadlet searches in this root`,
    ({ name }) => `install ${name} under /usr/share/containers/systemd, or remove it here`,
  ),
  'unit-overridden': warning<{ linked: string; loaded: string }>(
    ({ linked, loaded }) =>
      `the entry links to ${linked}, but what boots is ${loaded}, so the image of that one is bound`,
    ({ loaded }) => `remove ${loaded}, or link to it`,
  ),
  'search-directory-unreadable': error<{ problem: string }>(
    ({ problem }) =>
      `which units boot is unknown, as a directory that quadlet searches cannot be read: ${problem}`,
    () => 'run as root, as quadlet does, or make the directory readable',
  ),
  'service-replaced': warning<{ service: string; other: string; isLater: boolean }>(
    ({ service, other, isLater }) =>
      isLater
        ? `what boots as ${service}.service is ${other}: quadlet writes its service over that of this unit`
        : `${other} makes the same service, ${service}.service, and only one of the two boots`,
    () => 'give one of the two another ServiceName=',
  ),
  'unit-outside-search-path': warning<{ path: string }>(
    ({ path }) =>
      `quadlet does not look at ${path}: the image is bound, but no service will be made from this unit`,
    () => 'put the unit under /usr/share/containers/systemd and link to it',
  ),
  'unit-unreadable': error<{ problem: string }>(
    ({ problem }) => `quadlet cannot read this unit, and drops every unit of its directory: ${problem}`,
    () => 'make it a regular file that root may read, or remove it',
  ),
  'unit-drop-in-skipped': warning<{ problem: string }>(
    ({ problem }) => `quadlet passes over this drop-in, so the unit boots without it: ${problem}`,
    () => 'repair or remove it',
  ),
};

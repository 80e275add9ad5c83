import { error, warning } from '../rule.js';

/** What is wrong with a unit, or with how it loads. */
export const units = {
  'unit-syntax': error<{ problem: string }>(
    ({ problem }) => `quadlet cannot read this unit: ${problem}`,
    () => 'quadlet drops every unit of the directory that holds a file it cannot read',
  ),
  'unit-lost-continuation': warning<object>(
    () => 'quadlet throws this line away: it ends in a backslash and nothing follows',
    () => 'remove the backslash at the end of the line',
  ),
  'words-ignored': warning<{ key: string; problem: string; hint: string }>(
    ({ key, problem }) => `quadlet does not take this ${key}= as it is written: ${problem}`,
    ({ hint }) => hint,
  ),
  'unit-directory-poisoned': error<{ directory: string; culprit: string }>(
    ({ directory, culprit }) =>
      `quadlet loads no unit from ${directory}, because it cannot read ${culprit} there`,
    ({ culprit }) => `repair or remove ${culprit}`,
  ),
  'unit-unknown-key': error<{ section: string; key: string }>(
    ({ section, key }) => `quadlet refuses the unit: it knows no key “${key}” in [${section}]`,
    () => 'see podman-systemd.unit(5) for the keys of this section',
  ),
  'unit-refused': error<{ reason: string; hint: string }>(
    ({ reason }) => `quadlet refuses the unit: ${reason}`,
    ({ hint }) => hint,
  ),
  'unit-missing': error<{ name: string }>(
    ({ name }) =>
      `quadlet refuses the unit: there is no unit “${name}” in quadlet’s search path of this root`,
    ({ name }) => `install ${name} under /usr/share/containers/systemd, or name no unit`,
  ),
  'unit-overridden': warning<{ linked: string; loaded: string }>(
    ({ linked, loaded }) =>
      `the entry links to ${linked}, but what boots is ${loaded}; its image is the one that is bound`,
    ({ loaded }) => `remove ${loaded}, or link to it`,
  ),
  'search-directory-unreadable': error<{ problem: string }>(
    ({ problem }) => `which units quadlet finds in its search path is unknown: ${problem}`,
    () => 'run as a user who may read it, as quadlet does',
  ),
  'service-replaced': warning<{ service: string; other: string; isLater: boolean }>(
    ({ service, other, isLater }) =>
      isLater
        ? `what boots as ${service}.service is ${other}: quadlet writes its service over that of this unit`
        : `${other} has the same service, ${service}.service, and only one of the two boots`,
    () => 'give one of the two another ServiceName=',
  ),
  'unit-outside-search-path': warning<{ path: string }>(
    ({ path }) =>
      `quadlet does not look at ${path}: the image is bound, but no service will be made from this unit`,
    () => 'put the unit under /usr/share/containers/systemd and link to it',
  ),
  'unit-unreadable': error<{ problem: string }>(
    ({ problem }) => `quadlet cannot read this unit: ${problem}`,
    () => 'quadlet drops every unit of the directory that holds a file it cannot read',
  ),
  'unit-drop-in-skipped': warning<{ problem: string }>(
    ({ problem }) => `quadlet skips this drop-in: ${problem}`,
    () => 'repair or remove it',
  ),
};

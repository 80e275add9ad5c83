import { error } from '../rule.js';

/** What is wrong with a value, whatever it is for. */
export const values = {
  // The values themselves are not shown: what holds a specifier may be a password.
  specifier: error<{ specifier: string }>(
    ({ specifier }) =>
      specifier === '%'
        ? 'the value ends in a single %, which begins a systemd specifier'
        : `the systemd specifier ${specifier} has a value on the running host only, and the pull comes before the boot`,
    ({ specifier }) =>
      `write ${specifier === '%' ? '%% for a literal %' : `the value itself instead of ${specifier}; a literal % is %%`}`,
  ),
  'environment-expansion': error<{
    variable: string;
    /** Of a reference: the one that the service would start with, and what fixes it; null where nobody can know it. */
    instead?: { text: string; from: readonly string[] } | null;
  }>(
    ({ variable }) =>
      `systemd replaces ${variable} when the service starts, and the pull comes before the boot`,
    ({ variable, instead }) =>
      instead
        ? `write “${instead.text}”, which it would be with ${instead.from.join(' and ')}`
        : `write the value itself instead of ${variable}${instead === undefined ? '; a literal $ is $$' : ''}`,
  ),
  'value-encoding': error<object>(
    () => 'the value holds a control character or bytes that are not UTF-8, and cannot be handed to podman',
    () => 'write printable text in UTF-8',
  ),
};

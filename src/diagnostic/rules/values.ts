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
  'environment-expansion': error<{ variable: string }>(
    ({ variable }) => `systemd replaces ${variable} when the service starts, and the pull comes before that`,
    ({ variable }) => `write the value itself instead of ${variable}; a literal $ is $$`,
  ),
  'value-encoding': error<object>(
    () => 'the value holds a control character or bytes that are not UTF-8, and cannot be handed to podman',
    () => 'write printable text in UTF-8',
  ),
};

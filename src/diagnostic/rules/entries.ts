import { didYouMean } from '../did-you-mean.js';
import { error, warning } from '../rule.js';

/** What is wrong with the entries of a bound-images directory. */
export const entries = {
  'nothing-bound': warning<{ directories: readonly string[] }>(
    ({ directories }) =>
      `this root binds nothing, and may be the wrong directory: it has none of ${directories.join(', ')}`,
    () =>
      'check the directory that holds usr/lib/bound-images.d; where nothing is to be bound, switch this rule off',
  ),
  'directory-missing': error<object>(
    () => 'the root has no such bound-images directory, so nothing in it is bound',
    () => 'check the spelling; where it is not there yet, leave it out, or make it, if only empty',
  ),
  'root-without-os': error<{ root: string }>(
    ({ root }) =>
      `${root} is no root of an OS, or not all of one, so nobody can tell what it binds: it has neither usr/lib/os-release nor etc/os-release, or they are empty`,
    () => 'name the whole OS tree; if that was done, see whether it is mounted',
  ),
  'directory-unreadable': error<{ problem: string }>(
    ({ problem }) => `the bound-images directory cannot be read, so nothing in it is bound: ${problem}`,
    () => 'make it a directory, or a link to a directory inside the root',
  ),
  'entry-encoding': error<object>(
    () => 'the name of this entry is not UTF-8: it binds nothing, and bootc refuses its whole directory',
    () => 'rename it with letters, digits and dashes',
  ),
  'entry-type': error<{ extension: string; quadlets: readonly string[] }>(
    ({ extension }) =>
      extension === ''
        ? 'the entry has no extension, so nobody knows how to read it, and it binds nothing'
        : `nobody knows how to read an entry that ends in “${extension}”, so it binds nothing`,
    ({ extension, quadlets }) =>
      (/^\.ya?ml$/.test(extension)
        ? 'link to the .kube unit that names the YAML, or write a .toml drop-in'
        : didYouMean(extension, ['.toml', ...quadlets])) ??
      `an entry is a .toml drop-in, or an ${quadlets.slice(0, -1).join(', ')} or ${quadlets.at(-1)} quadlet`,
  ),
  'entry-leftover': warning<object>(
    () =>
      'an editor, a package manager or git left this behind: it binds nothing, and bootc refuses its own directory because of such a file',
    () => 'remove it from the image',
  ),
  'entry-unreadable': error<{ problem: string }>(
    ({ problem }) => `the entry cannot be read, so its image is not bound: ${problem}`,
    () => 'point the entry to a regular file inside the root, or remove it',
  ),
  'entry-not-a-link': warning<object>(
    () =>
      'a quadlet in bootc’s directory must be a symbolic link: bootc refuses the whole directory otherwise',
    () => 'move the unit to /usr/share/containers/systemd and link to it',
  ),
  'entry-in-bootc-directory': warning<object>(
    () => 'bootc knows no entry of this kind, and refuses its whole directory because of it',
    () => 'on hosts that run bootc, move it to /usr/lib/bound-images.d',
  ),
  'file-too-large': error<{ limitBytes: number } | { limitValues: number }>(
    (limit) =>
      'limitBytes' in limit
        ? `the file is larger than ${limit.limitBytes / 1024 / 1024} MiB, which no configuration file is, and is not read`
        : `the file has more than ${limit.limitValues} values, which no configuration file has, and is not read`,
    () => 'check what was installed here',
  ),
};

import { error, warning } from '../rule.js';

/** What is wrong with the entries of a bound-images directory. */
export const entries = {
  'directory-unreadable': error<{ problem: string }>(
    ({ problem }) => `the bound-images directory cannot be read: ${problem}`,
    () => 'make it a directory, or a link to a directory inside the root',
  ),
  'entry-encoding': error<object>(
    () => 'the name of this entry is not UTF-8',
    () => 'rename it: no unit or tool can refer to such a name reliably',
  ),
  'entry-type': error<{ extension: string }>(
    ({ extension }) =>
      extension === ''
        ? 'the entry has no extension'
        : `nothing is known about entries that end in “${extension}”`,
    () => 'an entry is a .toml drop-in, or an .image, .container, .volume, .kube, .pod or .artifact quadlet',
  ),
  'entry-leftover': warning<object>(
    () => 'ignored: this is what an editor or a package manager left behind',
    () => 'remove it from the image',
  ),
  'entry-unreadable': error<{ problem: string }>(
    ({ problem }) => `the entry cannot be read: ${problem}`,
    () => 'point the entry to a regular file inside the root, or remove it',
  ),
  'entry-not-a-link': warning<object>(
    () => 'a quadlet here should be a symbolic link to the unit: bootc refuses the whole directory otherwise',
    () => 'move the unit to /usr/share/containers/systemd and link to it',
  ),
  'entry-in-bootc-directory': warning<object>(
    () => 'bootc knows no entry of this kind, and refuses its whole directory because of it',
    () => 'on hosts that run bootc, move it to /usr/lib/bound-images.d',
  ),
  'file-too-large': error<{ limitBytes: number }>(
    ({ limitBytes }) =>
      `the file is larger than ${limitBytes / 1024 / 1024} MiB, which no configuration file is`,
    () => 'check what was installed here',
  ),
};

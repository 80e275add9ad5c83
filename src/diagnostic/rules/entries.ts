import { didYouMean } from '../did-you-mean.js';
import { error, warning } from '../rule.js';

/** What is wrong with the entries of a bound-images directory. */
export const entries = {
  'nothing-bound': error<{ root: string; others: readonly string[] }>(
    ({ root, others }) =>
      others.length === 0
        ? `${root} has no bound-images directory, so it binds nothing`
        : `${root} has no bound-images directory, but ${others.join(' and ')} ${others.length === 1 ? 'has' : 'have'} one`,
    ({ others }) => `read ${others[0] ?? 'the directory that holds usr/lib/bound-images.d'} as the root`,
  ),
  'directory-missing': error<object>(
    () => 'the root does not have this directory, so nothing is bound from it',
    () =>
      'check the spelling; if nothing is to be bound from it yet, leave it out, or make an empty directory',
  ),
  'root-without-os': error<{ root: string }>(
    ({ root }) =>
      `${root} is not the root of an OS, or not all of it, so what it binds is not certain: usr/lib/os-release and etc/os-release are missing or empty`,
    () => 'name the whole OS tree; if this is the one, see whether it is mounted',
  ),
  'lock-label-differs': warning<{
    /** References that are bound, and not in the label. */
    lacking: readonly string[];
    /** Those in the label that are not bound. */
    surplus: readonly string[];
    /** Those in both that are pulled otherwise. */
    otherwise: readonly string[];
    /** Why the label cannot be read, or not all of it. */
    problem: string | null;
  }>(
    ({ lacking, surplus, otherwise, problem }) => {
      const differences = [
        ...(lacking.length === 0 ? [] : [`it lacks ${namesOf(lacking)}`]),
        ...(surplus.length === 0 ? [] : [`it names ${namesOf(surplus)}, which the root does not bind`]),
        ...(otherwise.length === 0 ? [] : [`it pulls ${namesOf(otherwise)} in another way`]),
        ...(problem === null ? [] : [`it has an error: ${problem}`]),
      ];
      return `the label io.bound-images.lock of this image says something else than its root binds: ${differences.join('; ')}`;
    },
    () => 'give the image a label of its own, made of its root; an empty one counts as none',
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
        ? 'this entry binds nothing: its name has no extension, which would say how to read it'
        : `this entry binds nothing: files that end in “${extension}” are not read`,
    ({ extension, quadlets }) =>
      (/^\.ya?ml$/.test(extension)
        ? 'link to the .kube unit that names the YAML, or write a .toml drop-in'
        : didYouMean(extension, ['.toml', ...quadlets])) ??
      `an entry is a .toml drop-in, or an ${quadlets.slice(0, -1).join(', ')} or ${quadlets.at(-1)} quadlet`,
  ),
  'entry-leftover': warning<object>(
    () =>
      'an editor, a package manager or git left this file behind: it binds nothing, and in bootc’s directory bootc refuses all entries because of it',
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
    () => 'bootc does not know this kind of entry, and refuses the whole directory because of it',
    () => 'on hosts that run bootc, move it to /usr/lib/bound-images.d',
  ),
  'file-too-large': error<{ limitBytes: number } | { limitValues: number }>(
    (limit) =>
      'limitBytes' in limit
        ? `the file is not read: it is larger than ${limit.limitBytes / 1024 / 1024} MiB, more than any configuration file needs`
        : `the file is not read: it has more than ${limit.limitValues} values, more than any configuration file needs`,
    () => 'check what was installed here',
  ),
};

const shownNames = 5;

function namesOf(references: readonly string[]): string {
  const shown = references.slice(0, shownNames).map((each) => `“${each}”`);
  const more = references.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ').replace(/, ([^,]*)$/, ' and $1');
}

import { exec, execOk } from '../../integration/support/exec.js';
import { Refusal } from './refusal.js';

/** Runs git in a directory and returns what it prints. */
export async function git(directory: string, ...args: readonly string[]): Promise<string> {
  return (await execOk('git', ['-C', directory, ...args])).trimEnd();
}

/**
 * The commit of a repository that a release may be made of.
 * @throws Refusal when it is not on main, or files differ from it
 */
export async function releasableCommit(directory: string): Promise<string> {
  const head = await exec('git', ['-C', directory, 'symbolic-ref', '--quiet', '--short', 'HEAD']);
  const branch = head.stdout.trim();
  if (branch !== 'main') {
    const present = branch === '' ? 'no branch is checked out' : `the branch is ${branch}`;
    throw new Refusal(`a release is made on main, and ${present}: git switch main`);
  }
  const changes = await git(directory, 'status', '--porcelain');
  if (changes !== '') {
    const lines = changes.split('\n');
    const more = lines.length > 5 ? `\n  … and ${lines.length - 5} more` : '';
    const shown = lines.slice(0, 5).map((line) => `\n  ${line}`);
    throw new Refusal(
      `the work tree has changes that are in no commit: commit or stash them${shown.join('')}${more}`,
    );
  }
  return git(directory, 'rev-parse', 'HEAD');
}

/** @throws Refusal when the repository has that tag */
export async function refuseTag(directory: string, tag: string): Promise<void> {
  if ((await git(directory, 'tag', '--list', tag)) !== '') {
    throw new Refusal(`the tag ${tag} is there already, and tags are never moved: take another version`);
  }
}

/** Clones main. What the repository's own settings say of who commits and how it is signed holds there, too. */
export async function cloneMain(repository: string, directory: string): Promise<void> {
  await execOk('git', ['clone', '--quiet', '--branch', 'main', '--', repository, directory]);
  const about = '^(user|author|committer|commit|tag|gpg)\\.';
  const { stdout } = await exec('git', [
    '-C',
    repository,
    'config',
    '--local',
    '--null',
    '--get-regexp',
    about,
  ]);
  for (const entry of stdout.split('\0').filter((each) => each !== '')) {
    const [name = '', ...value] = entry.split('\n');
    // A name alone means yes.
    await git(directory, 'config', '--add', name, value.length === 0 ? 'true' : value.join('\n'));
  }
}

/** Commits all changes of the clone. */
export async function commitRelease(directory: string, version: string): Promise<void> {
  await git(directory, 'commit', '--quiet', '--all', '--message', `release: ${version}`);
}

/** Adds further changes to that commit. */
export async function amendRelease(directory: string): Promise<void> {
  await git(directory, 'commit', '--quiet', '--all', '--amend', '--no-edit');
}

/** Tags the commit: signed where git is set to sign tags. */
export async function tagRelease(directory: string, version: string): Promise<void> {
  await git(directory, 'tag', '--annotate', '--message', `bound-images ${version}`, `v${version}`);
}

/**
 * Brings the commit and the tag of a clone into the repository it is of, which is still at the commit `base`.
 * @throws Refusal when that has changed meanwhile; then nothing is brought in
 */
export async function bringIn(
  clone: string,
  repository: string,
  base: string,
  version: string,
): Promise<void> {
  const tag = `v${version}`;
  if ((await releasableCommit(repository)) !== base) {
    throw new Refusal('main has another commit now than when this began: begin again');
  }
  await refuseTag(repository, tag);
  await git(repository, 'fetch', '--quiet', '--no-tags', clone, `refs/tags/${tag}`);
  await git(repository, 'merge', '--quiet', '--ff-only', await git(clone, 'rev-parse', 'HEAD'));
  await git(
    repository,
    'update-ref',
    `refs/tags/${tag}`,
    await git(clone, 'rev-parse', `refs/tags/${tag}`),
    '',
  );
}

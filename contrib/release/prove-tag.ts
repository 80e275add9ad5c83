// Proves that a tag may be published, and prints the notes of its release:
//   integration/run-ts contrib/release/prove-tag.ts vX.Y.Z
import { readFileSync } from 'node:fs';
import { exec } from '../../integration/support/exec.js';
import { version } from '../package/version.js';
import { releaseNotes } from './changelog.js';
import { Refusal } from './refusal.js';
import { git } from './repository.js';

/** @throws Refusal when the tag is not that of the version, or not of the commit that is checked out, or not on main */
async function provenNotes(tag: string): Promise<string> {
  if (tag !== `v${version}`) {
    throw new Refusal(`the tag is ${tag}, and package.json has the version ${version}`);
  }
  const commit = await git('.', 'rev-parse', '--verify', `refs/tags/${tag}^{commit}`);
  const head = await git('.', 'rev-parse', 'HEAD');
  if (commit !== head) throw new Refusal(`${tag} is the commit ${commit}, and ${head} is checked out`);
  const onMain = await exec('git', ['merge-base', '--is-ancestor', commit, 'refs/remotes/origin/main']);
  if (onMain.exitCode !== 0) throw new Refusal(`the commit of ${tag}, ${commit}, is not on main of origin`);
  return releaseNotes(readFileSync('CHANGELOG.md', 'utf8'), version);
}

try {
  process.stdout.write(await provenNotes(process.argv[2] ?? ''));
} catch (error) {
  process.stderr.write(`prove-tag: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

// Makes a release: npm run release -- patch|minor|major|X.Y.Z [--go]. CONTRIBUTING.md says what comes before and after.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execOk } from '../../integration/support/exec.js';
import { formatBytes } from '../../src/text/format.js';
import { listenForInterruption } from '../interruption.js';
import { filesBelow } from '../package/files.js';
import type { Form } from '../package/made.js';
import { version as present } from '../package/version.js';
import { closeUnreleased, releaseNotes } from './changelog.js';
import { nameVersion, otherPins, pinExecutables } from './pins.js';
import { Refusal } from './refusal.js';
import {
  amendRelease,
  bringIn,
  cloneMain,
  commitRelease,
  refuseTag,
  releasableCommit,
  tagRelease,
} from './repository.js';
import { Misuse, readArguments, usage, type Wanted } from './usage.js';
import { nextVersion, writeVersion } from './version.js';

const repository = process.cwd();

/** Makes the release that is wanted in an empty directory, and returns what there is to say of it. */
async function release(wanted: Wanted, work: string, signal: AbortSignal): Promise<string> {
  const base = await releasableCommit(repository);
  const version = nextVersion(present, wanted.version);
  await refuseTag(repository, `v${version}`);
  const changelog = closeUnreleased(await readFile('CHANGELOG.md', 'utf8'), version, today());

  step(`bound-images ${version}: a clone`);
  const clone = join(work, 'clone');
  await cloneMain(repository, clone);
  await writeFile(join(clone, 'CHANGELOG.md'), changelog);
  await writeVersion(clone, version);
  await nameVersion(clone, version);
  await commitRelease(clone, version);
  await copyModules(clone);

  const env = { TMPDIR: join(work, 'tmp') };
  await mkdir(env.TMPDIR);
  const make = async (forms: readonly Form[]) => {
    signal.throwIfAborted();
    await run(join(clone, 'integration/run-ts'), ['contrib/package/package.ts', ...forms], env, signal);
  };
  const hasExecutables = wanted.forms.includes('executables');
  if (hasExecutables) {
    // Their checksums are part of the commit, and nothing of the commit is part of them.
    step('the executables, which the templates for CI pin');
    await make(['executables']);
    await pinExecutables(clone, version);
    await amendRelease(clone);
  }
  await tagRelease(clone, version);

  step(`what is made of it: ${wanted.forms.join(', ')}`);
  await make(wanted.forms);
  const others = hasExecutables ? await otherPins(clone, version) : [];
  if (others.length > 0) throw new Refusal(`made twice, the executables differ: ${others.join(', ')}`);
  const files = await describeFiles(join(clone, 'build'));

  signal.throwIfAborted();
  if (wanted.goes) await bringIn(clone, repository, base, version);
  return `
What the workflow publishes as ${version}, made and checked here (${wanted.forms.join(', ')}):

${files.join('\n')}

The .tgz goes to npm, oci/ to ${image}:${version}, the other files to the page of the release, which says:

${releaseNotes(changelog, version)}
${wanted.goes ? done(version) : tried(version)}`;
}

const image = 'ghcr.io/bound-images/bound-images';

const tried = (
  version: string,
) => `This was a dry run, and nothing has changed. To make the commit and the tag:

  npm run release -- ${version} --go
`;

const done = (
  version: string,
) => `main is at the commit “release: ${version}”, with the tag v${version}. Nothing is pushed. This publishes it:

  git push --atomic origin main v${version}

And this takes it back, before that: git tag --delete v${version} && git reset --keep HEAD~1
`;

const today = () => new Date().toISOString().slice(0, 10);

/** What npm has installed here: the set-up has seen to it that it is what the lock file says. */
async function copyModules(clone: string): Promise<void> {
  const names = (await readdir('node_modules')).filter((name) => name !== '.cache');
  const to = join(clone, 'node_modules');
  await mkdir(join(to, '.cache/bound-images'), { recursive: true });
  await execOk('cp', [
    '--archive',
    '--target-directory',
    to,
    ...names.map((name) => join('node_modules', name)),
  ]);
}

/** A line for each file with its size; the many of the OCI layout have one. */
async function describeFiles(directory: string): Promise<readonly string[]> {
  const sizes = new Map<string, number>();
  for (const file of await filesBelow(directory)) {
    const name = file.startsWith('oci/') ? 'oci/' : file;
    sizes.set(name, (sizes.get(name) ?? 0) + (await stat(join(directory, file))).size);
  }
  return [...sizes].map(([name, size]) => `  ${formatBytes(size).padStart(7)}  ${name}`);
}

/** Runs a program that shows what it does, and waits for its end, also when it is asked to end. */
async function run(
  program: string,
  args: readonly string[],
  env: object,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 2, 2] });
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const [status, endedBy] = await once(child, 'close');
  signal.throwIfAborted();
  if (status !== 0) {
    throw new Refusal(
      `making what is released failed (${endedBy ?? `exit status ${status}`}), as said above`,
    );
  }
}

function step(text: string): void {
  process.stderr.write(`release: ${text}\n`);
}

async function main(): Promise<number> {
  const interruption = listenForInterruption();
  const work = await mkdtemp(join(tmpdir(), 'bound-images-release-'));
  try {
    const wanted = readArguments(process.argv.slice(2));
    process.stdout.write(await release(wanted, work, interruption.signal));
    return 0;
  } catch (error) {
    const status = interruption.exitStatus();
    step(status !== undefined || !(error instanceof Error) ? 'interrupted' : error.message);
    if (!(error instanceof Misuse)) return status ?? 1;
    process.stderr.write(`\n${usage}`);
    return 2;
  } finally {
    // What a program that was ended leaves running may still write there.
    await rm(work, { recursive: true, force: true, maxRetries: 10 });
  }
}

process.exitCode = await main();

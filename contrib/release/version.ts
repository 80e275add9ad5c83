import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import semver from 'semver';
import { Refusal } from './refusal.js';

const steps = ['patch', 'minor', 'major'] as const;

/**
 * The version that `wanted` asks for: a step from the present one, or the version itself.
 * @throws Refusal when it is neither, or not greater than the present one
 */
export function nextVersion(present: string, wanted: string): string {
  const step = steps.find((name) => name === wanted);
  const next = step === undefined ? wanted : semver.inc(present, step);
  if (next === null || !/^\d+\.\d+\.\d+$/.test(next) || semver.valid(next) !== next) {
    throw new Refusal(`${wanted} is no version: use ${steps.join(', ')} or X.Y.Z`);
  }
  if (!semver.gt(next, present)) {
    throw new Refusal(`${next} is not greater than ${present}, the version that package.json has`);
  }
  return next;
}

/** Writes the version where it stands, in npm's manifest and lock file. `npm version` would format the former anew. */
export async function writeVersion(directory: string, version: string): Promise<void> {
  const manifest = join(directory, 'package.json');
  const text = await readFile(manifest, 'utf8');
  await writeFile(manifest, text.replace(/^ {2}"version": ".*"/m, `  "version": "${version}"`));
  const lockFile = join(directory, 'package-lock.json');
  const lock = JSON.parse(await readFile(lockFile, 'utf8'));
  lock.version = version;
  lock.packages[''].version = version;
  await writeFile(lockFile, `${JSON.stringify(lock, null, 2)}\n`);
}

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesOf } from '../package/made.js';
import { type Platform, platforms } from '../package/node.js';

/** The executables that the templates for CI run. */
export interface Pins {
  readonly version: string;
  /** Of each platform's executable, in hexadecimal. */
  readonly sha256: Readonly<Record<Platform, string>>;
}

/** Files that name the released version for readers to copy. */
export const naming: readonly string[] = [
  'contrib/docs/ci.md',
  'contrib/examples/good/Containerfile',
  'contrib/examples/mistakes/Containerfile',
  'contrib/gitlab/check.yml',
];

/** The templates for CI. */
const pinned = ['contrib/github-action/action.yml', 'contrib/gitlab/check.yml'] as const;

/** A text with another version wherever it names this repository at a tag, or the released image. */
function withVersion(text: string, version: string): string {
  return text
    .replaceAll(/(bound-images\/bound-images\/(?:[\w/-]+@)?v)\d+\.\d+\.\d+\b/g, `$1${version}`)
    .replaceAll(/(ghcr\.io\/bound-images\/bound-images:)\d+\.\d+\.\d+\b/g, `$1${version}`);
}

/**
 * The text of a template for CI with other pins.
 *
 * @throws Error if a place for one is missing
 */
export function withPins(text: string, { version, sha256 }: Pins): string {
  const values: readonly (readonly [RegExp, string])[] = [
    [/^( +VERSION: ).*$/m, version],
    [/^( +SHA256_X64: ).*$/m, `'${sha256.x64}'`],
    [/^( +SHA256_ARM64: ).*$/m, `'${sha256.arm64}'`],
  ];
  return values.reduce((changed, [line, value]) => {
    if (!line.test(changed)) throw new Error(`there is no line ${line}`);
    return changed.replace(line, (_, name: string) => `${name}${value}`);
  }, text);
}

/** Writes the version into the files of a checkout that name it. */
export async function nameVersion(directory: string, version: string): Promise<void> {
  for (const file of naming) await rewrite(join(directory, file), (text) => withVersion(text, version));
}

/** Writes into the templates of a checkout which executables they run: those that are in its `build/`. */
export async function pinExecutables(directory: string, version: string): Promise<void> {
  const pins = await builtPins(directory, version);
  for (const file of pinned) await rewrite(join(directory, file), (text) => withPins(text, pins));
}

/** The templates of a checkout that run other executables than those in its `build/`. */
export async function otherPins(directory: string, version: string): Promise<readonly string[]> {
  const pins = await builtPins(directory, version);
  const texts = await Promise.all(pinned.map((file) => readFile(join(directory, file), 'utf8')));
  return pinned.filter((_, at) => withPins(texts[at] ?? '', pins) !== texts[at]);
}

async function builtPins(directory: string, version: string): Promise<Pins> {
  const digests = filesOf(version).executables.map(async (file) =>
    createHash('sha256')
      .update(await readFile(join(directory, 'build', file)))
      .digest('hex'),
  );
  const entries = (await Promise.all(digests)).map((digest, at) => [platforms[at], digest]);
  return { version, sha256: Object.fromEntries(entries) };
}

async function rewrite(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')));
}

import type { Platform } from '../package/node.js';

/** The executables that the templates for CI run. */
export interface Pins {
  readonly version: string;
  /** Of each platform's executable, in hexadecimal. */
  readonly sha256: Readonly<Record<Platform, string>>;
}

/** The templates for CI that have pins. */
export const pinned = ['contrib/github-action/action.yml', 'contrib/gitlab/check.yml'] as const;

/**
 * The text of a template with other pins: the version and the checksums of its executables, and the version in examples.
 *
 * @throws Error if a place for one is missing.
 */
export function withPins(text: string, { version, sha256 }: Pins): string {
  const values: readonly (readonly [RegExp, string])[] = [
    [/^( +VERSION: ).*$/m, version],
    [/^( +SHA256_X64: ).*$/m, `'${sha256.x64}'`],
    [/^( +SHA256_ARM64: ).*$/m, `'${sha256.arm64}'`],
  ];
  const pinnedText = values.reduce((changed, [line, value]) => {
    if (!line.test(changed)) throw new Error(`no line ${line}`);
    return changed.replace(line, (_, name: string) => `${name}${value}`);
  }, text);
  return pinnedText.replaceAll(/(?<=bound-images\/bound-images\/)v\d+\.\d+\.\d+(?=\/)/g, `v${version}`);
}

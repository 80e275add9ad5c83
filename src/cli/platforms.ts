import { InvalidArgumentError } from 'commander';
import type { Platform } from '../model/platform.js';

/** `linux/arm64,linux/arm/v7`, as podman's `--platform` takes one of them. */
export function parsePlatforms(text: string, earlier: readonly Platform[] = []): readonly Platform[] {
  return [...earlier, ...text.split(',').map((each) => parsePlatform(each, ', and a comma between two'))];
}

/** One of them. @param more how several are written, for a message */
export function parsePlatform(text: string, more = ''): Platform {
  const [, os, architecture, variant = null] =
    /^\s*([\w.-]+)\/([\w.-]+)(?:\/([\w.-]+))?\s*$/.exec(text) ?? [];
  if (os === undefined || architecture === undefined) {
    throw new InvalidArgumentError(`Write os/architecture, such as linux/arm64${more}.`);
  }
  return { os, architecture, variant };
}

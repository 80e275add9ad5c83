import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Platform } from '../../../contrib/package/node.js';
import { platformNames } from '../../../contrib/package/platforms.js';
import { version } from '../../../contrib/package/version.js';

/** That of this machine. */
export const ownPlatform = process.arch as Platform;

/** What `npm run package` calls the forms of a platform. */
const names = {
  executable: (platform: Platform) => `bound-images-${version}-linux-${platform}`,
  archive: (platform: Platform) => `bound-images-${version}-linux-${platform}.tar.gz`,
  extension: (platform: Platform) => `bound-images-${version}-${platformNames[platform].systemd}.raw`,
  deb: (platform: Platform) => `bound-images_${version}-1_${platformNames[platform].debian}.deb`,
  rpm: (platform: Platform) => `bound-images-${version}-1.${platformNames[platform].rpm}.rpm`,
  oci: () => 'oci',
};

/**
 * The path of a form that `npm run package` has made.
 * @throws Error when it has not
 */
export function released(form: keyof typeof names, platform: Platform = ownPlatform): string {
  const path = resolve('build', names[form](platform));
  if (!existsSync(path)) throw new Error(`${path} is not there: npm run package`);
  return path;
}

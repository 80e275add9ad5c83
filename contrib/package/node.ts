import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execOk } from '../../integration/support/exec.js';
import { isThere } from './files.js';

/** What executables are made for, as Node.js names its processors. */
export const platforms = ['x64', 'arm64'] as const;
export type Platform = (typeof platforms)[number];

/** Of an LTS line, and one for which npm has every platform. */
export const nodeVersion = '24.22.3';

/** What npm says of its packages; any other content is refused. */
const integrity: Readonly<Record<Platform, string>> = {
  x64: 'sha512-KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==',
  arm64: 'sha512-IZx0J52/1NDwAsY2iyWR9nlPIYuYviTWetjj8+ElvYQh2+XRhLfCfkbFEF/2O5vGI2hcUbyPNHV+nz342FbJXw==',
};

const cache = 'node_modules/.cache/bound-images';

/**
 * The directory of Node.js for that platform, with `bin/node` and its licence: what the packages `node-linux-…` on npm
 * hold. It is fetched once.
 *
 * @throws Error when it cannot be fetched, or is not what it should be.
 */
export async function nodeDirectory(platform: Platform): Promise<string> {
  const directory = join(cache, `node-${nodeVersion}-${platform}`);
  if (await isThere(directory)) return directory;
  await mkdir(cache, { recursive: true });
  const temporary = await mkdtemp(join(cache, 'fetch-'));
  try {
    const name = `node-linux-${platform}@${nodeVersion}`;
    const packing = ['pack', name, '--silent', '--ignore-scripts', '--pack-destination', temporary];
    const archive = join(temporary, (await execOk('npm', packing)).trim());
    const digest = createHash('sha512')
      .update(await readFile(archive))
      .digest('base64');
    if (`sha512-${digest}` !== integrity[platform]) throw new Error(`${name} is not the one that is known`);
    const unpacked = join(temporary, 'unpacked');
    await mkdir(unpacked);
    await execOk('tar', ['-xzf', archive, '--strip-components=1', '-C', unpacked]);
    // Another one that packages at the same time may have been faster.
    await rename(unpacked, directory).catch(async (error: unknown) => {
      if (!(await isThere(directory))) throw error;
    });
    return directory;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * Node.js as a component of CycloneDX, with the libraries that it brings along: versions that those look up who look
 * for known mistakes.
 */
export async function nodeComponent() {
  const node = join(await nodeDirectory(process.arch as Platform), 'bin/node');
  const versions: Readonly<Record<string, string>> = JSON.parse(
    await execOk(node, ['-p', 'JSON.stringify(process.versions)']),
  );
  // Versions of interfaces, not of parts; and lists of years and letters that are no programs.
  const noParts = new Set(['node', 'modules', 'napi', 'cldr', 'tz', 'unicode']);
  const parts = Object.entries(versions).filter(([name]) => !noParts.has(name));
  return {
    'bom-ref': `node@${nodeVersion}`,
    type: 'platform',
    name: 'node',
    version: nodeVersion,
    description: 'In the executables only',
    cpe: `cpe:2.3:a:nodejs:node.js:${nodeVersion}:*:*:*:*:*:*:*`,
    purl: `pkg:github/nodejs/node@v${nodeVersion}`,
    licenses: [{ license: { id: 'MIT' } }],
    components: parts.map(([name, version]) => ({ type: 'library', name, version })),
  };
}

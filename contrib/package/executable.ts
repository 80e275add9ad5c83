import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execOk } from '../../integration/support/exec.js';
import type { Notice } from '../../src/cli/report/licenses.js';
import { bundle, noticeOf } from './bundle.mjs';
import { withoutPages, withResource } from './elf.js';
import { withEnglishAlone } from './icu.js';
import { nodeDirectory, nodeVersion, type Platform, platforms } from './node.js';
import { version } from './version.js';

/**
 * Makes the program one file for that platform: Node.js, without what only a debugger reads, and the program in it.
 *
 * @returns its path, in `directory`: `bound-images-VERSION-linux-PLATFORM`.
 */
export async function makeExecutable(platform: Platform, directory: string): Promise<string> {
  const node = await nodeDirectory(platform);
  const { program, unused } = withEnglishAlone(await readFile(join(node, 'bin/node')));
  const { script } = await programScript(platform);
  const resource = await singleExecutableResource(script, platform === process.arch);
  const path = join(directory, `bound-images-${version}-linux-${platform}`);
  await mkdir(directory, { recursive: true });
  await writeFile(
    `${path}.part`,
    withFuse(withResource(withoutPages(program, unused), 'NODE_SEA_BLOB', resource)),
  );
  await chmod(`${path}.part`, 0o755);
  await rename(`${path}.part`, path);
  return path;
}

/** Makes those of every platform. */
export async function executables(directory: string): Promise<void> {
  for (const platform of platforms) await makeExecutable(platform, directory);
}

/** What is in an executable, Node.js first. */
export async function executableNotices(platform: Platform): Promise<readonly Notice[]> {
  return (await programScript(platform)).notices;
}

/** Node.js looks for a resource where this says so. Source: its page on single executable applications. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:';

function withFuse(program: Buffer): Buffer {
  const at = program.indexOf(`${fuse}0`);
  if (at < 0) throw new Error('this Node.js makes no single executables');
  program.write('1', at + fuse.length, 'latin1');
  return program;
}

async function programScript(platform: Platform) {
  const node = { ...noticeOf(await nodeDirectory(platform)), name: 'node', version: nodeVersion };
  const { files, notices } = await bundle(
    [
      {
        entryPoints: ['src/cli/main.ts'],
        outfile: 'bound-images.cjs',
        format: 'cjs',
        target: 'node24',
        legalComments: 'none',
      },
    ],
    [node],
  );
  const text = files[0]?.text.replace(/^#!.*\n/, '') ?? '';
  // One byte for each character; those of regular expressions esbuild has left.
  const script = text.replace(
    /[^\0-\x7f]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return { script, notices };
}

/**
 * What Node.js looks for in itself when it starts. Code that is compiled already belongs to the kind of processor that
 * made it; without it, it is compiled at each start. Node.js can put it in by itself, but only what any start compiles,
 * and another one each time.
 */
async function singleExecutableResource(script: string, hasCode: boolean): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'bound-images-package-'));
  try {
    const node = resolve(await nodeDirectory(process.arch as Platform), 'bin/node');
    const [program, code] = [join(directory, 'program'), join(directory, 'code')];
    await writeFile(program, `(function (require) {${script}\n})`);
    if (hasCode) await execOk('env', ['-i', node, '--predictable', compiler, program, code, ...mostUsed]);
    else await writeFile(code, '');
    await copyFile('contrib/package/start.cjs', join(directory, 'start.cjs'));
    // Names without a directory: they are part of the result.
    const settings = {
      main: 'start.cjs',
      output: 'resource',
      disableExperimentalSEAWarning: true,
      assets: { program: 'program', code: 'code' },
    };
    await writeFile(join(directory, 'settings.json'), JSON.stringify(settings));
    await execOk(node, ['--experimental-sea-config', 'settings.json'], { cwd: directory });
    return await readFile(join(directory, 'resource'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const compiler = 'contrib/package/compile.cjs';
const root = 'contrib/examples/good/rootfs';
/** A run of what every command needs, the same on each machine. */
const mostUsed = ['check', '--root', root, '--current-root', root];

import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { execOk } from './exec.js';
import { downloadPackages } from './private-apt.js';

const CACHE = resolve('node_modules/.cache/bound-images');

/** The first that knows soft reboots. */
const needed = 254;

/** Of these packages nothing needs another libc than the machine's. */
const packages = ['systemd', 'libsystemd-shared'];

/**
 * A directory to lay over /usr, whose systemd can soft reboot, from the backports of the machine's own suite;
 * undefined where the machine's own systemd can. The first call downloads it, later ones reuse it.
 *
 * @throws Error when a download fails
 */
export async function softRebootingSystemd(): Promise<string | undefined> {
  const said = await execOk('systemctl', ['--version']);
  if (Number(/^systemd (\d+)/.exec(said)?.[1]) >= needed) return undefined;
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? '';
  const directory = join(CACHE, `systemd-${codename}`);
  if (!existsSync(directory)) await unpackInto(directory, codename);
  return directory;
}

async function unpackInto(directory: string, codename: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, 'unpack-'));
  try {
    const suite = `${codename}-backports`;
    const files = await downloadPackages({ suite, beside: codename, packages, without: [] }, work);
    const usr = join(work, 'usr');
    for (const file of files.filter((each) => packages.includes(basename(each).split('_')[0] ?? ''))) {
      const tree = join(work, 'tree');
      await execOk('dpkg-deb', ['-x', file, tree]);
      // Up to Debian 12, packages have /bin and /lib, which are links in a system.
      for (const part of ['bin', 'lib']) {
        if (existsSync(join(tree, part)))
          await cp(join(tree, part), join(usr, part), { recursive: true, verbatimSymlinks: true });
      }
      await cp(join(tree, 'usr'), usr, { recursive: true, verbatimSymlinks: true });
      await rm(tree, { recursive: true });
    }
    await rename(usr, directory).catch((error: unknown) => {
      if (!existsSync(directory)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

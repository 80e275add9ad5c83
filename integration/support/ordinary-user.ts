import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { copyCli } from './cli.js';
import { type ExecResult, exec, execOk } from './exec.js';
import { type Cleanup, tempDir } from './temp.js';

/** Somebody who is not root, with a storage of their own, as podman makes it in a user namespace. */
export interface OrdinaryUser {
  readonly home: string;
  /** Gives them what has been written into their home. */
  own(): Promise<void>;
  run(...command: readonly string[]): Promise<ExecResult>;
  podman(...args: readonly string[]): Promise<ExecResult>;
  /** On their storage. */
  boundImages(command: string, ...args: readonly string[]): Promise<ExecResult>;
  /** What is left of ours in the directory for temporary files, and what podman has mounted. */
  leftovers(): Promise<readonly string[]>;
}

const uid = 12_345;

/** @param env that of a storage, without its place */
export async function newOrdinaryUser(
  cleanup: Cleanup,
  env: Readonly<Record<string, string | undefined>>,
): Promise<OrdinaryUser> {
  const home = await tempDir(cleanup);
  const program = await copyCli(join(home, 'dist'));
  const temporary = join(home, 'tmp');
  await mkdir(temporary);
  const own = async () => {
    await execOk('chown', ['-R', `${uid}:${uid}`, home]);
  };
  await own();
  const run = (...command: readonly string[]) =>
    exec('setpriv', [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--', ...command], {
      env: { ...env, HOME: home, TMPDIR: temporary, XDG_RUNTIME_DIR: undefined },
      cwd: home,
    });
  const [root, runroot] = [join(home, 'root'), join(home, 'run')];
  const ownPodman = ['podman', '--root', root, '--runroot', runroot];
  // It ends the process that stays for the user's other podmans.
  cleanup.add(() => run(...ownPodman, 'system', 'migrate').then(() => undefined));
  return {
    home,
    own,
    run,
    podman: (...args) => run(...ownPodman, ...args),
    boundImages: (command, ...args) =>
      run(...program, command, '--storage-root', root, '--storage-runroot', runroot, ...args),
    leftovers: async () => {
      // podman keeps some of its own there.
      const files = (await readdir(temporary)).filter((each) => each.startsWith('bound-images-'));
      const mounted = await run(...ownPodman, 'unshare', ...ownPodman, 'image', 'mount');
      return [...files, ...mounted.stdout.split('\n').filter((line) => line !== '')];
    },
  };
}

import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cliFile, executable } from './cli.js';

/** What a system has besides this machine's programs: files of /usr, and what is mounted on which of its paths. */
export interface HostPrograms {
  readonly directory: string;
  readonly binds: Readonly<Record<string, string>>;
}

/**
 * Writes them into a new directory: `bound-images` as it is built now, the node of this process, and the `ostree` of
 * that directory.
 */
export async function writeHostPrograms(directory: string, ostree: string): Promise<HostPrograms> {
  const bin = join(directory, 'bin');
  const script = (name: string, text: string) =>
    writeFile(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  await mkdir(bin, { recursive: true });
  if (executable === undefined) {
    // A copy: a system that runs for long must not see half of a new build.
    await cp(dirname(cliFile), join(directory, 'lib/bound-images'), { recursive: true });
    await symlink('../lib/bound-images/cli.js', join(bin, 'bound-images'));
  } else {
    await script('bound-images', '');
  }
  await mkdir(join(directory, 'lib/unpacked-ostree'), { recursive: true });
  await script('ostree', 'exec /usr/lib/unpacked-ostree/ostree "$@"');
  // libostree has it start ostree-finalize-staged.service. There is no systemd, and tests finalize by themselves.
  await script('systemctl', 'exit 0');
  // A file to mount on: the machine may have its node outside of /usr.
  await script('node', '');
  const program = executable === undefined ? {} : { '/usr/bin/bound-images': executable };
  return {
    directory,
    binds: { '/usr/lib/unpacked-ostree': ostree, '/usr/bin/node': process.execPath, ...program },
  };
}

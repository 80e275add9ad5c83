import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { cliFile } from '../support/cli.js';
import { exec } from '../support/exec.js';
import { findProgram } from '../support/programs.js';

const [executable = ''] = readdirSync('build')
  .filter((name) => name.endsWith('-linux-arm64'))
  .map((name) => resolve('build', name));

/** Where Debian has the libraries of that processor. */
const libraries = '/usr/aarch64-linux-gnu';
const root = 'contrib/examples/mistakes/rootfs';

test.each([
  { args: ['--version'] },
  { args: ['pull', '--help'] },
  { args: ['licenses'], more: true },
  { args: ['check', '--root', root, '--current-root', root] },
  { args: ['check', '--root', root, '--current-root', root, '--format', 'sarif'] },
  { args: ['list', '--root', '/nonexistent', '--format', 'json'] },
])('on aarch64, $args ends as here', async ({ args, more = false }) => {
  const emulator = await findProgram('qemu-aarch64');
  const env = { NO_COLOR: '1' };
  const { durationMs: _, ...there } = await exec(emulator, ['-L', libraries, executable, ...args], { env });
  const { durationMs: __, ...here } = await exec(process.execPath, [cliFile, ...args], { env });
  if (more) {
    expect(there.stdout).toContain('\nnode ');
    expect(there.exitCode).toBe(0);
  } else {
    expect(there).toEqual(here);
  }
});

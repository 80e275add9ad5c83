import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { exec } from './support/exec.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const good = 'contrib/examples/good/rootfs';
const mistakes = 'contrib/examples/mistakes/rootfs';

describe('the pre-commit hook', () => {
  interface Hook {
    readonly entry: string;
    readonly args: readonly string[];
    readonly files: string;
  }
  let hook: Hook;
  beforeAll(async () => {
    [hook] = parse(await readFile('.pre-commit-hooks.yaml', 'utf8'));
  });

  test.each([
    [good, 0],
    [mistakes, 3],
  ])('checks the files of %s', async (cwd, status) => {
    const [program = '', ...words] = hook.entry.split(' ');
    const { exitCode } = await exec(resolve(program), [...words, ...hook.args], { cwd });
    expect(exitCode).toBe(status);
  });

  test('fails where the root is another directory, and says which', async () => {
    const [program = '', ...words] = hook.entry.split(' ');
    const { exitCode, stdout } = await exec(resolve(program), [...words, ...hook.args], {
      cwd: dirname(good),
    });
    expect(stdout).toContain('./ has no bound-images directory, but rootfs has one [nothing-bound]');
    expect(stdout).toContain('--root rootfs');
    expect(exitCode).toBe(3);
  });

  test.each([
    ['usr/lib/bound-images.d/agent.toml', true],
    ['rootfs/usr/lib/bootc/bound-images.d/web.container', true],
    ['rootfs/usr/share/containers/systemd/web.container', true],
    ['etc/containers/policy.json', true],
    ['files/etc/ostree/auth.json', true],
    ['.bound-images.toml', true],
    ['Containerfile', false],
    ['src/bound-images.ts', false],
  ])('runs for %s: %s', (path, runs) => {
    expect(new RegExp(hook.files).test(path)).toBe(runs);
  });
});

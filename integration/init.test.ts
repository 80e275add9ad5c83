import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { runChecked } from './support/checked-cli.js';
import { cliFile } from './support/cli.js';
import { writeTree } from './support/host.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterEach(cleanup.run);

const units = 'usr/share/containers/systemd';
const entries = 'usr/lib/bound-images.d';
const reference = 'quay.io/example/web:2@sha256:'.concat('a'.repeat(64));

/** A working directory with a tree in `rootfs`. */
async function newTree(more: Readonly<Record<string, string>> = {}): Promise<string> {
  const directory = await tempDir(cleanup);
  await writeTree(join(directory, 'rootfs'), {
    'usr/lib/os-release': 'ID=test\n',
    [`${units}/web.container`]: `[Container]\nImage=${reference}\n`,
    ...more,
  });
  return directory;
}

const nothing = async (directory: string) =>
  expect(await readdir(join(directory, 'rootfs/usr/lib'))).toEqual(['os-release']);

describe('without a terminal', () => {
  test('links are shown, and made with --yes only', async () => {
    const cwd = await newTree();
    const shown = await runChecked(['init', 'rootfs', '--current-root', 'rootfs'], { cwd });
    expect(shown.exitCode).toBe(3);
    expect(shown.stdout).toBe(
      `+ rootfs/${entries}/web.container -> /${units}/web.container\n    binds ${reference}\n`,
    );
    expect(shown.stderr).toBe('nothing was made\nhint: make the link with --yes\n');
    await nothing(cwd);

    const made = await runChecked(['init', 'rootfs', '--yes', '--current-root', 'rootfs'], { cwd });
    expect(made).toMatchObject({ exitCode: 0, stdout: shown.stdout, stderr: '1 link made\n' });
    expect(await readlink(join(cwd, 'rootfs', entries, 'web.container'))).toBe(`/${units}/web.container`);

    const again = await runChecked(['init', '--current-root', '.'], { cwd: join(cwd, 'rootfs') });
    expect(again).toMatchObject({ exitCode: 0, stdout: '', stderr: 'nothing to do: every image is bound\n' });
    const check = await runChecked(['check', 'rootfs', '--unbound', '--strict', '--current-root', 'rootfs'], {
      cwd,
    });
    expect(check).toMatchObject({ exitCode: 0, stderr: '' });
    expect(check.stdout).toBe('1 bound image in rootfs, 0 errors, 0 warnings\n');
  });

  test('JSON says whether they were made', async () => {
    const cwd = await newTree();
    const args = ['init', 'rootfs', '--current-root', 'rootfs', '--format', 'json'];
    const shown = await runChecked(args, { cwd });
    expect(shown).toMatchObject({ exitCode: 3, stderr: '' });
    expect(JSON.parse(shown.stdout)).toMatchObject({
      made: false,
      links: [{ file: `/${entries}/web.container`, target: `/${units}/web.container`, images: [reference] }],
      left: [],
    });
    await nothing(cwd);
    expect(JSON.parse((await runChecked([...args, '--yes'], { cwd })).stdout)).toMatchObject({ made: true });
  });

  test('what has to be corrected first is told, and keeps the status', async () => {
    const cwd = await newTree({ [`${units}/local.container`]: '[Container]\nImage=localhost/local:1\n' });
    const result = await runChecked(['init', 'rootfs', '--yes', '--current-root', 'rootfs'], { cwd });
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain(`left /${units}/local.container, which wants localhost/local:1: `);
    expect(result.stderr).toMatch(/^1 link made, 1 unit left$/m);
  });

  test('the wrong directory is an error', async () => {
    const cwd = await newTree();
    const result = await runChecked(['init', '--current-root', 'rootfs', '--yes'], { cwd });
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain(`error: ${cwd} has no units for quadlet\n`);
  });
});

describe('on a terminal', () => {
  /** What is shown there, and the exit status, where this is typed once the question is there. */
  async function typed(cwd: string, input: string) {
    const command = `exec '${process.execPath}' '${cliFile}' init rootfs --current-root rootfs`;
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      cwd,
      env: { ...process.env, NO_COLOR: '1' },
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const isAsked = stdout.includes('[y/N] ');
      stdout += text;
      if (!isAsked && stdout.includes('[y/N] ')) child.stdin.write(input);
    });
    const [exitCode] = await once(child, 'close');
    return { stdout, exitCode };
  }

  test.each(['y\n', 'Yes\n'])('%j makes the links', async (input) => {
    const cwd = await newTree();
    const { stdout, exitCode } = await typed(cwd, input);
    expect(stdout).toMatch(/\+ rootfs[\s\S]*make 1 link\? \[y\/N\] [\s\S]*1 link made/);
    expect(exitCode).toBe(0);
    expect(await readdir(join(cwd, 'rootfs', entries))).toEqual(['web.container']);
  });

  test.each(['n\n', '\n', 'yesterday\n', '\u0004'])('%j makes none', async (input) => {
    const cwd = await newTree();
    const { stdout, exitCode } = await typed(cwd, input);
    expect(stdout).toMatch(/make 1 link\? \[y\/N\] [\s\S]*nothing was made/);
    expect(exitCode).toBe(3);
    await nothing(cwd);
  });

  test('Ctrl-C ends it', async () => {
    const cwd = await newTree();
    const { exitCode } = await typed(cwd, '\u0003');
    expect(exitCode).toBe(130);
    await nothing(cwd);
  });
});

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { exec } from './support/exec.js';
import { writeTree } from './support/host.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const good = 'contrib/examples/good/rootfs';
const mistakes = 'contrib/examples/mistakes/rootfs';

describe('the GitHub Action', () => {
  interface Step {
    readonly shell: string;
    readonly env: Readonly<Record<string, string>>;
    readonly run: string;
  }
  interface Action {
    readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
    readonly runs: { readonly using: string; readonly steps: readonly Step[] };
  }
  const directory = resolve('contrib/github-action');
  let action: Action;
  beforeAll(async () => {
    action = parse(await readFile(join(directory, 'action.yml'), 'utf8'));
  });

  /** Runs the steps as a runner does: inputs reach a script through its environment. */
  async function run(inputs: Readonly<Record<string, string>>) {
    const value = (name: string) => inputs[name] ?? action.inputs[name]?.default ?? `no input ${name}`;
    const step = action.runs.steps[0];
    if (step === undefined || action.runs.steps.length !== 1) throw new Error('the action has other steps');
    const env = Object.entries(step.env).map(([name, text]) => [
      name,
      text.replace(/\$\{\{ inputs\.(\w+) \}\}/g, (_, input: string) => value(input)),
    ]);
    const script = join(await tempDir(cleanup), 'script.sh');
    await writeFile(script, step.run);
    return exec('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
      env: { ...Object.fromEntries(env), GITHUB_ACTION_PATH: directory },
    });
  }

  test('is a composite one, whose script takes no input into its text', () => {
    expect(action.runs.using).toBe('composite');
    expect(action.runs.steps.map(({ shell }) => shell)).toEqual(['bash']);
    expect(action.runs.steps[0]?.run).not.toContain('${{');
  });

  test('passes where nothing is wrong', async () => {
    expect(await run({ root: good, strict: 'true' })).toMatchObject({ exitCode: 0 });
  });

  test('fails where the root is another directory, and says which', async () => {
    const { exitCode, stdout } = await run({ root: dirname(good) });
    expect(stdout).toMatch(
      /^::error title=bound-images \(nothing-bound\)::.*--root contrib\/examples\/good\/rootfs/m,
    );
    expect(exitCode).toBe(3);
  });

  test('says what it has checked', async () => {
    const { stdout } = await run({ root: good });
    expect(stdout).toContain(`4 bound images in ${good}, 0 errors`);
  });

  test('fails where something is, with annotations at the files of the repository', async () => {
    const { exitCode, stdout } = await run({ root: mistakes });
    expect(exitCode).toBe(3);
    const file = `${mistakes}/usr/share/containers/systemd/floating.container`;
    expect(stdout).toContain(`::warning file=${file},line=3,col=7,title=bound-images (reference-floating)::`);
  });

  test('hands strictness and further options on', async () => {
    const root = await tempDir(cleanup);
    await writeTree(root, { 'usr/lib/bound-images.d/a.toml': 'images = ["quay.io/example/a:1"]\n' });
    expect(await run({ root })).toMatchObject({ exitCode: 0 });
    expect(await run({ root, strict: 'true' })).toMatchObject({ exitCode: 3 });
    const args = '--rule reference-floating=off\n  --quiet\n';
    expect(await run({ root, strict: 'true', args })).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test.each([
    ['a root that is none', { root: '"; exit 7; "' }, 'the root "; exit 7; " does not exist'],
    [
      'an image that is none',
      { image: 'oci-archive:none.tar' },
      '--image oci-archive:none.tar: no such file',
    ],
  ])('says what is wrong with %s', async (_, inputs, message) => {
    const { exitCode, stderr } = await run(inputs);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});

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

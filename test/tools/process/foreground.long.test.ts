import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { runInForeground } from '../../../src/tools/process/foreground.js';
import { file, makeTree } from '../../support/tree.js';

const sh = (script: string) => ['/bin/sh', '-c', script];

describe('the exit status', () => {
  test.each([
    { name: 'is the program’s', script: 'exit 0', status: 0 },
    { name: 'is the program’s when that fails', script: 'exit 77', status: 77 },
    { name: 'is 128 and the signal’s number when TERM ended it', script: 'kill -TERM $$', status: 143 },
    { name: 'is 128 and the signal’s number when KILL ended it', script: 'kill -KILL $$', status: 137 },
  ])('$name', async ({ script, status }) => {
    expect(await runInForeground(sh(script))).toBe(status);
  });
});

test('finds the program in PATH, and tells of its command line', async () => {
  const lines: (readonly string[])[] = [];
  expect(await runInForeground(['true', 'a b'], (line) => lines.push(line))).toBe(0);
  expect(lines).toEqual([['true', 'a b']]);
});

test('hands words over as they are: no shell reads them', async () => {
  const tree = makeTree({});
  const words = ['a  b', '$HOME', '*', ';', ''];
  await runInForeground(['/bin/sh', '-c', 'printf "%s\\n" "$@" >"$0"', join(tree, 'words'), ...words]);
  expect(readFileSync(join(tree, 'words'), 'utf8')).toBe(`${words.join('\n')}\n`);
});

test.each([
  { name: 'no such program', make: () => 'nonexistent-program' },
  { name: 'no program', make: () => join(makeTree({ text: 'x' }), 'text') },
  { name: 'no word', make: () => '' },
])('says so where there is $name', async ({ make }) => {
  await expect(runInForeground([make()])).rejects.toMatchObject({ code: 'tool-missing' });
});

test('listens to no signal any more once the program has ended', async () => {
  const count = () => ['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => process.listenerCount(name));
  const before = count();
  await runInForeground(['true']);
  expect(count()).toEqual(before);
});

describe('a signal', { timeout: 30_000 }, () => {
  const top = makeTree({});
  const runner = join(top, 'runner.mjs');

  beforeAll(async () => {
    const source = fileURLToPath(new URL('../../../src/tools/process/foreground.ts', import.meta.url));
    const contents = `import { runInForeground } from ${JSON.stringify(source)};
process.exitCode = await runInForeground(process.argv.slice(2));`;
    const banner =
      "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
    await build({
      stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: runner,
      banner: { js: banner },
      logLevel: 'error',
    });
  });

  /** Starts a shell script in the foreground of a process of its own, and waits until it says that it is there. */
  async function start(script: string) {
    const child = spawn(process.execPath, [runner, ...sh(script)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    while (!said.includes('ready\n')) await sleep(10);
    return { child, said: () => said };
  }

  test.each(['SIGTERM', 'SIGHUP'] as const)(
    '%s reaches the program, whose end is then ours',
    async (name) => {
      const trap = `trap 'echo got; exit 5' ${name.slice(3)}`;
      const { child, said } = await start(`${trap}; echo ready; for i in $(seq 400); do sleep 0.05; done`);
      child.kill(name);
      expect(await once(child, 'close')).toEqual([5, null]);
      expect(said()).toBe('ready\ngot\n');
    },
  );

  test('SIGINT does not end us before the program, which the terminal tells itself', async () => {
    const { child, said } = await start('echo ready; sleep 0.5; echo done; exit 6');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([6, null]);
    expect(said()).toBe('ready\ndone\n');
  });

  test('TERM ends a program that does nothing about it', async () => {
    const { child } = await start('echo ready; exec sleep 60');
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([143, null]);
  });
});

test('a program whose interpreter is missing is an error', async () => {
  const broken = join(makeTree({ broken: file('#!/nonexistent\n', { mode: 0o755 }) }), 'broken');
  await expect(runInForeground([broken])).rejects.toThrow();
});

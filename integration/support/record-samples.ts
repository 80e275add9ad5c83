// Records how podman words its failures, as data for the classifier:
//   npm run samples [SCENARIO…]
// Each stderr goes to test/tools/podman/samples/podman-VERSION/SCENARIO.txt. podman is the first in PATH; those of another suite lie in node_modules/.cache/bound-images/podman-SUITE once podman-suites.test.ts has run.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExecResult, execOk } from './exec.js';
import { type Ask, prepareParts } from './sample-kinds.js';
import { scenarios } from './sample-scenarios.js';
import { newStore } from './store.js';
import { type Cleanup, newCleanup, tempDir } from './temp.js';

async function outputDir(): Promise<string> {
  const [version] = /\d+\.\d+\.\d+/.exec(await execOk('podman', ['--version'])) ?? [];
  const dir = join('test/tools/podman/samples', `podman-${version}`);
  await mkdir(dir, { recursive: true });
  return dir;
}

async function run(ask: Ask, cleanup: Cleanup): Promise<ExecResult> {
  // A home and a temporary directory of its own: nothing of this machine's user gets into a sample.
  const env = { HOME: await tempDir(cleanup), TMPDIR: await tempDir(cleanup), ...ask.env };
  const store = await cleanup.use(newStore(ask.storeOn?.path));
  if (ask.readOnly) await ask.storeOn?.makeReadOnly();
  return store.podman(['pull', ...ask.args, ask.reference], { env });
}

/** Replaces what differs from run to run: ports, temporary paths, times, the name server. */
function mask(stderr: string): string {
  return stderr
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:5000')
    .replaceAll(/lookup (\S+) on \S+:53/g, 'lookup $1 on 192.0.2.53:53')
    .replaceAll(/\/tmp\/bound-images-test-\w+/g, '/tmp/x')
    .replaceAll(/(\/(?:container_images_)?storage)\d+/g, '$11')
    .replaceAll(/time="[^"]*"/g, 'time="2026-01-01T00:00:00Z"');
}

async function record(wanted: readonly string[]): Promise<void> {
  const cleanup = newCleanup();
  try {
    const parts = await prepareParts(cleanup);
    for (const { name, prepare } of scenarios) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const own = newCleanup();
      try {
        const result = await run(await prepare({ ...parts, cleanup: own }), own);
        await writeFile(join(await outputDir(), `${name}.txt`), mask(result.stderr));
        const { exitCode, durationMs } = result;
        process.stderr.write(`${name}: exit status ${exitCode}, ${Math.round(durationMs)} ms\n`);
      } finally {
        await own.run();
      }
    }
  } finally {
    await cleanup.run();
  }
}

await record(process.argv.slice(2));

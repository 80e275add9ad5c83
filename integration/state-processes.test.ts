import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { receiptStore } from '../src/state/receipts.js';
import { lockStore } from '../src/state/store-lock.js';
import { receipt } from '../test/state/sample-receipt.js';
import { type LiveProcess, start } from './support/exec.js';
import { processesEnd, processesOf } from './support/processes.js';
import { newCleanup, tempDir } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const { signal } = new AbortController();
let programs: string;
let state: string;

beforeAll(async () => {
  programs = await tempDir(cleanup);
});

/** Makes a program of TypeScript that may import what is below src/. */
async function makeProgram(name: string, contents: string): Promise<string> {
  const outfile = join(programs, `${name}.mjs`);
  await build({
    stdin: { contents, loader: 'ts', resolveDir: join(import.meta.dirname, '..') },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  return outfile;
}

const lockProgram = `
  import { lockStore } from './src/state/store-lock.js';
  const wait = { signal: new AbortController().signal, onWait: () => console.log('waiting') };
  const lock = (limitMs) => lockStore(process.argv[2], { ...wait, limitMs });`;

function startProgram(path: string, env: Record<string, string> = {}): LiveProcess {
  const program = start(process.execPath, [path, state], { env });
  perTest.add(async () => {
    program.kill('SIGKILL');
    await program.finished;
  });
  return program;
}

function said(program: LiveProcess, word: string) {
  return waitUntil(`a program said ${word}: ${program.stderr()}`, () => program.stdout().includes(word));
}

describe('the lock of a process that is killed', () => {
  let holder: string;
  let waiter: string;
  beforeAll(async () => {
    holder = await makeProgram(
      'holder',
      `${lockProgram}
      import { spawn } from 'node:child_process';
      await lock(0);
      spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
      console.log('locked');
      setInterval(() => undefined, 1000);`,
    );
    waiter = await makeProgram('waiter', `${lockProgram} console.log((await lock(60_000)).kind);`);
  });

  test('is free at once, though its children live on', async () => {
    state = await tempDir(perTest);
    const mark = `BOUND_IMAGES_TEST_STATE=${state}`;
    const first = startProgram(holder, { BOUND_IMAGES_TEST_STATE: state });
    await said(first, 'locked');
    expect(await lockStore(state, { signal, limitMs: 0 })).toEqual({
      kind: 'held',
      holder: { pid: first.pid, command: `${holder} ${state}`, since: expect.any(String) },
    });
    first.kill('SIGKILL');
    await first.finished;
    const children = await processesOf(mark);
    expect(children.map(({ args }) => args)).toEqual([['sleep', '60']]);
    const taken = await lockStore(state, { signal, limitMs: 0 });
    expect(taken.kind).toBe('locked');
    for (const { pid } of children) process.kill(pid, 'SIGKILL');
  });

  test('goes to the one that waits', async () => {
    state = await tempDir(perTest);
    const mark = { BOUND_IMAGES_TEST_STATE: state };
    const first = startProgram(holder, mark);
    await said(first, 'locked');
    const second = startProgram(waiter);
    await said(second, 'waiting');
    first.kill('SIGKILL');
    await said(second, 'locked');
    for (const { pid } of await processesOf(`BOUND_IMAGES_TEST_STATE=${state}`)) process.kill(pid, 'SIGKILL');
  });

  test('that still waited leaves no process that does', async () => {
    state = await tempDir(perTest);
    const taken = await lockStore(state, { signal, limitMs: 0 });
    const second = startProgram(waiter, { BOUND_IMAGES_TEST_STATE: state });
    await said(second, 'waiting');
    await waitUntil(
      'flock waits',
      async () => (await processesOf(`BOUND_IMAGES_TEST_STATE=${state}`)).length === 2,
    );
    second.kill('SIGKILL');
    expect(await processesEnd(`BOUND_IMAGES_TEST_STATE=${state}`, 60_000)).toBe(true);
    if (taken.kind === 'locked') taken.release();
  });
});

test('one process at a time has the lock, of many that want it', async () => {
  state = await tempDir(perTest);
  const counting = await makeProgram(
    'counting',
    `${lockProgram}
    import { readFileSync, writeFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    const file = process.argv[2] + '/count';
    for (let round = 0; round < 5; round += 1) {
      const taken = await lock(Infinity);
      const count = Number(readFileSync(file, 'utf8'));
      await sleep(5);
      writeFileSync(file, String(count + 1));
      taken.release();
    }`,
  );
  writeFileSync(join(state, 'count'), '0');
  const processes = Array.from({ length: 6 }, () => startProgram(counting));
  const results = await Promise.all(processes.map(({ finished }) => finished));
  expect(results.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual(
    results.map(() => ({ exitCode: 0, stderr: '' })),
  );
  expect(readFileSync(join(state, 'count'), 'utf8')).toBe('30');
});

test('a receipt is whole at every moment, and after its writer was killed at any', async () => {
  state = await tempDir(perTest);
  const writer = await makeProgram(
    'writer',
    `import { receiptStore } from './src/state/receipts.js';
    import { receipt } from './test/state/sample-receipt.js';
    const receipts = receiptStore(process.argv[2]);
    for (let runs = 1; ; runs += 1) {
      const images = Array.from({ length: runs % 100 }, () => receipt.images).flat();
      receipts.write({ ...receipt, images, runs });
      if (runs === 1) console.log('written');
    }`,
  );
  const receipts = receiptStore(state);
  receipts.write({ ...receipt, images: [], runs: 0 });
  for (let round = 0; round < 15; round += 1) {
    const program = startProgram(writer);
    await said(program, 'written');
    const end = performance.now() + Math.random() * 200;
    do {
      const read = receipts.read(receipt.deployment);
      expect(read.kind).toBe('read');
      if (read.kind === 'read') expect(read.value.images).toHaveLength((read.value.runs % 100) * 2);
      await sleep(1);
    } while (performance.now() < end);
    program.kill('SIGKILL');
    await program.finished;
  }
  expect(receipts.all()).toMatchObject([{ kind: 'read' }]);
  expect(readdirSync(state).filter((name) => name.includes('damaged'))).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  BoundImagesError,
  check,
  doctor,
  gate,
  list,
  type OperationEvent,
  plan,
  pull,
  stage,
} from '../src/index.js';
import { stopped } from '../src/pull/stopped.js';
import { makeTree } from './support/tree.js';

const currentRoot = null;
const drop = 'usr/lib/bound-images.d/app.toml';
const noPodman = { podman: '/nonexistent/podman' };

function rootWith(toml: string) {
  return makeTree({ 'usr/lib/os-release': 'ID=test\n', [drop]: toml });
}

const sound = () => rootWith('images = ["quay.io/x/app:1"]\n');
const broken = () => rootWith('images = ["quay.io/x/app:1", "UPPER/case:1"]\n');
const empty = () => rootWith('images = []\n');

test('lists what a root binds', async () => {
  const root = sound();
  const listed = await list({ root, currentRoot });
  expect(listed.root).toBe(root);
  expect(listed.images.map(({ image }) => image.reference.text)).toEqual(['quay.io/x/app:1']);
  expect(listed.diagnostics).toEqual([]);
});

test('what is not said, or undefined, is the default', async () => {
  const { images } = await list({ root: sound(), currentRoot: undefined, dir: undefined });
  expect(images).toHaveLength(1);
});

test('checks a root, and judges as it is told', async () => {
  const root = sound();
  const verdicts = await Promise.all(
    [{}, { strict: true }, { strict: true, rules: { 'reference-floating': 'off' } as const }].map(
      async (judged) => (await check({ root, currentRoot, ...judged })).verdict,
    ),
  );
  expect(verdicts).toEqual(['sound', 'invalid', 'sound']);
  const { verdict, diagnostics } = await check({ root: broken(), currentRoot });
  expect(verdict).toBe('invalid');
  expect(diagnostics).toContainEqual(
    expect.objectContaining({ severity: 'error', file: `/${drop}`, line: 1 }),
  );
});

test('needs no podman to plan or pull what binds nothing', async () => {
  const root = empty();
  expect(await plan({ root, currentRoot, ...noPodman })).toMatchObject({
    valid: true,
    images: [],
    space: null,
  });
  expect(await pull({ root, currentRoot, ...noPodman })).toMatchObject({ valid: true, outcomes: [] });
});

test('says what keeps this host from being ready', async () => {
  const { ready, lines } = await doctor(noPodman);
  expect(ready).toBe(false);
  expect(lines).toContainEqual(
    expect.objectContaining({ topic: 'tools', state: 'error', code: 'tool-missing' }),
  );
});

test('pulls nothing of a root with an error, and says what is wrong before the end', async () => {
  const events: OperationEvent[] = [];
  const onEvent = (event: OperationEvent) => events.push(event);
  const result = await pull({ root: broken(), currentRoot, ...noPodman, onEvent });
  expect(result).toMatchObject({ valid: false, outcomes: [] });
  expect(result.diagnostics).not.toEqual([]);
  expect(events[0]).toEqual({ kind: 'findings', diagnostics: result.diagnostics });
  expect(events.slice(1).map(({ kind }) => kind)).toEqual(['plan', 'summary']);
});

test('completes a root that is named, and says whether it is complete', async () => {
  const named = { currentRoot, ...noPodman, stateDir: makeTree({}) };
  expect(await stage({ ...named, root: empty() })).toMatchObject({
    kind: 'ended',
    staged: { state: 'staged', hold: null, outcomes: [], error: null },
  });
  expect(await stage({ ...named, root: broken() })).toMatchObject({
    staged: { state: 'failed', error: { code: 'configuration' } },
  });
  expect(await gate({ ...named, root: empty() })).toMatchObject({ kind: 'examined', verdict: 'complete' });
  expect(await gate({ ...named, root: broken() }).catch(({ code }) => code)).toBe('tool-missing');
});

test.each([
  { name: 'a root that is not there', code: 'usage', run: () => list({ root: '/nonexistent' }) },
  {
    name: 'a podman that is not there',
    code: 'tool-missing',
    run: () => plan({ root: sound(), currentRoot, ...noPodman }),
  },
])('$name is an error with a code', async ({ code, run }) => {
  const error = await run().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(BoundImagesError);
  expect(error).toMatchObject({ code, hint: expect.any(String) });
});

test.each([
  { concurrency: 0 },
  { retries: -1 },
  { minFree: 1.5 },
  { stallTimeout: 2 ** 31 },
  { timeout: Number.NaN },
])('a number with which nothing would begin or end is refused: %j', async (numbers) => {
  const refused = pull({ root: empty(), currentRoot, ...noPodman, ...numbers });
  await expect(refused).rejects.toMatchObject({ code: 'usage' });
});

test('a rule that there is not is refused', async () => {
  const rules = { 'no-such-rule': 'off' } as object;
  await expect(check({ root: empty(), currentRoot, rules })).rejects.toMatchObject({ code: 'usage' });
});

test('what an observer throws is what the run rejects with', async () => {
  const mistake = new Error('a mistake of the caller');
  const onEvent = () => {
    throw mistake;
  };
  await expect(pull({ root: broken(), currentRoot, ...noPodman, onEvent })).rejects.toBe(mistake);
});

test('a stopped fix writes nothing', async () => {
  const root = rootWith('images = ["docker.io/redis:1"]\n');
  const reason = new Error('stopped');
  const run = check({ root, currentRoot, fix: true, signal: AbortSignal.abort(reason) });
  await expect(run).rejects.toBe(reason);
  expect(readFileSync(join(root, drop), 'utf8')).toContain('docker.io/redis:1');
});

test('a reason that looks like a failure is no failure', () => {
  const { signal } = stoppedBy({ kind: 'local', message: 'shutdown' });
  expect(stopped(signal)).toMatchObject({ code: 'interrupted', message: 'interrupted' });
});

function stoppedBy(reason: object): AbortController {
  const controller = new AbortController();
  controller.abort(reason);
  return controller;
}

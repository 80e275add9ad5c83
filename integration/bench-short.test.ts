import { expect, test } from 'vitest';
import { exec } from './support/exec.js';
import { oneOf } from './support/sample.js';

/** What a run of one scenario says of it: what is wanted, and whether that was reached. */
async function runScenario(name: string): Promise<ReadonlyMap<string, string>> {
  const args = ['integration/bench/pull.bench.ts', '--short', '--rounds', '1', '--scenario', name];
  const { exitCode, stdout, stderr } = await exec('integration/run-ts', args);
  expect(exitCode, stderr).toBe(0);
  const lines = stdout.split('\n').flatMap((line) => {
    const [, wanted, verdict] = /^\S+ +(.+?) {2,}(reached|not reached) /.exec(line) ?? [];
    return wanted === undefined || verdict === undefined ? [] : [[wanted, verdict] as const];
  });
  return new Map(lines);
}

// Times are for a quiet machine: of its figures the benchmark's short form is held to those that hold on any.
test.each(oneOf('bench-short', ['shared-base', 'two-families', 'chain', 'disjoint']))(
  'fetches no layer twice: %s',
  async (name) => {
    const verdicts = await runScenario(name);
    expect(verdicts.get('every image in every run')).toBe('reached');
    expect(verdicts.get('bytes <= 1.01 × unique')).toBe('reached');
  },
);

test('goes on where it was killed: killed', async () => {
  const verdicts = await runScenario('killed');
  expect(verdicts.get('every image in every run')).toBe('reached');
  expect(verdicts.get('bytes <= 1.4 × unique')).toBe('reached');
});

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

const scenarios = [
  ...['shared-base', 'two-families', 'chain', 'disjoint'].map((name) => ({ name, most: '1.01' })),
  { name: 'killed', most: '1.4' },
];

// Times are for a quiet machine: of its figures the benchmark's short form is held to those that hold on any. What TCP
// sends twice where the machine stands still is carried twice by its link; a layer that is fetched twice is so always.
test.each(oneOf('bench-short', scenarios))(
  'fetches no layer twice: $name',
  { retry: 2 },
  async ({ name, most }) => {
    const verdicts = await runScenario(name);
    expect(verdicts.get('every image in every run')).toBe('reached');
    expect(verdicts.get(`bytes <= ${most} × unique`)).toBe('reached');
  },
);

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const text = readFileSync('.github/workflows/ci.yml', 'utf8');
const { jobs, permissions } = parse(text);

test('the workflow runs what must pass, and may only read', () => {
  expect(jobs.all.steps.at(-1)).toEqual({ run: 'bash .ci/run' });
  expect(permissions).toEqual({ contents: 'read' });
});

test('a tag cannot be moved under the workflow: actions are named by their commits', () => {
  const used = text.match(/uses:.*/g) ?? [];
  expect(used).not.toEqual([]);
  for (const line of used) expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

interface Job {
  readonly needs?: string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly run?: string; readonly uses?: string; readonly with?: object }[];
}

const directory = '.github/workflows';
const textOf = (file: string) => readFileSync(join(directory, file), 'utf8');
const jobsOf = (file: string): readonly (readonly [string, Job])[] =>
  Object.entries(parse(textOf(file)).jobs);
const runsOf = (job: Job) => job.steps.flatMap(({ run }) => run ?? []);

describe.each(readdirSync(directory))('%s', (file) => {
  test('a tag cannot be moved under it: actions are named by their commits', () => {
    const used = textOf(file).match(/uses:.*/g) ?? [];
    expect(used).not.toEqual([]);
    for (const line of used) expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('a checkout leaves no credentials behind', () => {
    const steps = jobsOf(file).flatMap(([, job]) => job.steps);
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts).not.toEqual([]);
    for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': false });
  });

  test('no name of a tag or a branch becomes part of a script', () => {
    const runs = jobsOf(file).flatMap(([, job]) => runsOf(job));
    expect(runs.filter((run) => run.includes('${{'))).toEqual([]);
  });

  test('the scripts that it runs are there', () => {
    const named = jobsOf(file).flatMap(
      ([, job]) =>
        runsOf(job)
          .join('\n')
          .match(/(?:\.ci|contrib|integration)\/[\w./-]+/g) ?? [],
    );
    expect(named).not.toEqual([]);
    for (const path of named) accessSync(path, path.endsWith('.ts') ? constants.R_OK : constants.X_OK);
    const scripts = jobsOf(file).flatMap(
      ([, job]) =>
        runsOf(job)
          .join('\n')
          .match(/(?<=npm run )\S+/g) ?? [],
    );
    expect(Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).scripts)).toEqual(
      expect.arrayContaining(scripts),
    );
  });
});

test('that of changes runs what must pass, and may only read', () => {
  const { jobs, permissions } = parse(textOf('ci.yml'));
  expect(jobs.all.steps.at(-1)).toEqual({ run: 'bash .ci/run' });
  expect(permissions).toEqual({ contents: 'read' });
});

describe('that of a release', () => {
  const { on, permissions } = parse(textOf('release.yml'));
  const jobs = new Map(jobsOf('release.yml'));

  test('starts with a tag', () => {
    expect(on).toEqual({ push: { tags: ['v*'] } });
  });

  test('proves the tag before anything is made, and makes all before anything is published', () => {
    const runs = runsOf(jobs.get('build') ?? { steps: [] });
    expect(runs.slice(-4)).toEqual([
      'integration/setup package',
      'integration/run-ts contrib/release/prove-tag.ts "$GITHUB_REF_NAME" >notes.md',
      'npm run package',
      'integration/run-ts contrib/release/prove-pins.ts',
    ]);
    expect([...jobs].map(([name, { needs }]) => [name, needs])).toEqual([
      ['build', undefined],
      ['npm', 'build'],
      ['image', 'build'],
      ['release', ['build', 'npm', 'image']],
    ]);
  });

  test('each part may do what it has to, and what runs code of packages may write nothing', () => {
    expect(permissions).toEqual({});
    const write = [...jobs].map(([name, job]) => [
      name,
      Object.entries(job.permissions ?? {})
        .filter(([, access]) => access === 'write')
        .map(([what]) => what),
    ]);
    expect(Object.fromEntries(write)).toEqual({
      build: [],
      npm: ['id-token'],
      image: ['attestations', 'id-token', 'packages'],
      release: ['attestations', 'contents', 'id-token'],
    });
  });
});

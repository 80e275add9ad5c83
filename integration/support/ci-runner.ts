import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { type ExecResult, exec, execOk } from './exec.js';
import { type Cleanup, tempDir } from './temp.js';

export interface ActionStep {
  readonly id?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly ActionStep[] };
}

/** What a job has ended with. */
export interface JobResult extends Pick<ExecResult, 'exitCode' | 'stdout' | 'stderr'> {
  /** What the job shows beside its log: the summary of GitHub, the report of GitLab. */
  readonly shown: string;
}

/** A checkout of a repository and what runners keep between jobs. */
export interface Job {
  /** The checkout, where scripts start. */
  readonly repository: string;
  /** What is kept of a directory, by key. */
  readonly cache: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs the steps of a composite action as a runner does. Source: docs.github.com, “Metadata syntax” (runs.steps,
 * shell: bash is `bash --noprofile --norc -eo pipefail`) and “Contexts”.
 */
export async function runAction(
  cleanup: Cleanup,
  action: Action,
  inputs: Readonly<Record<string, string>>,
  { repository, cache, env }: Job,
): Promise<JobResult> {
  const runner = await tempDir(cleanup);
  const contexts: Record<string, string> = {
    'runner.os': 'Linux',
    'runner.arch': process.arch === 'arm64' ? 'ARM64' : 'X64',
  };
  for (const [name, input] of Object.entries(action.inputs))
    contexts[`inputs.${name}`] = inputs[name] ?? input.default;
  const evaluated = (text: string) =>
    text.replace(/\$\{\{ ([\w.]+) \}\}/g, (_, name: string) => contexts[name] ?? fail(`there is no ${name}`));
  const results: ExecResult[] = [];
  const toKeep: (readonly [kept: string, path: string])[] = [];
  for (const [at, step] of action.runs.steps.entries()) {
    if (step.uses?.startsWith('actions/cache@')) {
      const path = evaluated(step.with?.path ?? '');
      const kept = join(cache, evaluated(step.with?.key ?? ''));
      if (await isThere(kept)) await link(kept, path);
      else toKeep.push([kept, path]);
      continue;
    }
    const [script, output, summary] = ['script.sh', 'output', 'summary'].map((name) =>
      join(runner, `${at}-${name}`),
    );
    if (script === undefined || output === undefined || summary === undefined) throw new Error('no step');
    await writeFile(script, step.run ?? fail('a step runs nothing'));
    await writeFile(output, '');
    const variables = Object.entries(step.env ?? {}).map(([name, text]) => [name, evaluated(text)]);
    const result = await exec('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
      cwd: repository,
      env: {
        ...env,
        RUNNER_TEMP: runner,
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: join(runner, 'summary'),
        ...Object.fromEntries(variables),
      },
    });
    results.push(result);
    if (result.exitCode !== 0) break;
    for (const [, name, value = ''] of (await readFile(output, 'utf8')).matchAll(/^(\w+)=(.*)$/gm)) {
      contexts[`steps.${step.id}.outputs.${name}`] = value;
    }
  }
  const last = results.at(-1) ?? fail('the action has no steps');
  // A job that has failed keeps nothing. Source: actions/cache, “post-if: success()”.
  if (last.exitCode === 0) for (const [kept, path] of toKeep) await link(path, kept);
  return {
    exitCode: last.exitCode,
    stdout: results.map(({ stdout }) => stdout).join(''),
    stderr: results.map(({ stderr }) => stderr).join(''),
    shown: await readFile(join(runner, 'summary'), 'utf8').catch(() => ''),
  };
}

/**
 * Runs the one job of a template as a runner does. Source: docs.gitlab.com, “CI/CD inputs” and “Job keywords”; a
 * runner's script is `set -eo pipefail` and the lines of `script`.
 */
export async function runTemplate(
  template: string,
  inputs: Readonly<Record<string, string>>,
  { repository, cache, env }: Job,
): Promise<JobResult> {
  const [specification, jobs] = template.split(/^---$/m);
  const declared = parse(specification ?? '').spec.inputs;
  const interpolated = (jobs ?? '').replace(/\$\[\[ inputs\.(\w+) \]\]/g, (_, name: string) => {
    if (!(name in declared)) throw new Error(`there is no input ${name}`);
    return inputs[name] ?? String(declared[name].default);
  });
  const job: {
    readonly variables: Readonly<Record<string, string>>;
    readonly cache: { readonly paths: readonly string[] };
    readonly script: readonly string[];
    readonly artifacts: { readonly reports: { readonly codequality: string } };
  } = Object.values<never>(parseAllDocuments(interpolated)[0]?.toJS())[0] ?? fail('the template has no job');
  const [path = ''] = job.cache.paths;
  if (await isThere(join(cache, path))) await link(join(cache, path), join(repository, path));
  const result = await exec('sh', ['-c', `set -e\n${job.script.join('\n')}`], {
    cwd: repository,
    env: { ...env, CI_PROJECT_DIR: repository, ...job.variables },
  });
  if (result.exitCode === 0) {
    await rm(join(cache, path), { recursive: true, force: true });
    await link(join(repository, path), join(cache, path));
  }
  const report = join(repository, job.artifacts.reports.codequality);
  return { ...result, shown: await readFile(report, 'utf8').catch(() => '') };
}

/** A copy of a directory, whose files are large, by hard links. */
async function link(from: string, to: string): Promise<void> {
  await execOk('cp', ['--archive', '--link', from, to]);
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

function fail(message: string): never {
  throw new Error(message);
}

// How fast images get into a store, beside three other ways to pull them:
//   npm run bench [-- --rounds N] [--scenario NAME] [--short] [--podman PATH]
// It sets up its own registry, link, images and stores, and needs root, podman, skopeo and docker-registry. A
// run of all scenarios in full size writes results/pull.json and the chart that README.md shows.
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { cliFile } from '../support/cli.js';
import { execOk } from '../support/exec.js';
import { startLink } from '../support/link.js';
import { againInOwnNetwork } from '../support/own-network.js';
import { findProgram } from '../support/programs.js';
import { type Cleanup, newCleanup, tempDir } from '../support/temp.js';
import { drawChart } from './pull/chart.js';
import { contenders, ours } from './pull/contender.js';
import type { Results, ScenarioResult } from './pull/results.js';
import { type Programs, type RunResult, runContender } from './pull/run.js';
import { prepareStores } from './pull/run-stores.js';
import type { Scenario } from './pull/scenario.js';
import { linkBytesPerSecond, scenarios } from './pull/scenarios.js';
import { setStage } from './pull/stage.js';
import { resultsTable, verdictsTable } from './pull/table.js';
import { judge } from './pull/wanted.js';

const packageDirectory = dirname(dirname(cliFile));
const resultsFile = join(packageDirectory, 'integration/bench/results/pull.json');
const chartFile = join(packageDirectory, 'contrib/docs/bench-pull.svg');

/** Runs a scenario's rounds; each round has the contenders in another order. */
async function runScenario(
  scenario: Scenario,
  rounds: number,
  programs: Programs,
  signal: AbortSignal,
): Promise<ScenarioResult> {
  const cleanup = newCleanup();
  try {
    say(`${scenario.name}: building ${scenario.images.length} images`);
    const stage = await setStage(cleanup, scenario, linkBytesPerSecond);
    const stores = await prepareStores(cleanup, stage.presentReferences);
    const taking = (scenario.alone ? [ours] : contenders).map((contender) => {
      return { contender, results: [] as RunResult[] };
    });
    for (let round = 1; round <= (scenario.alone ? 1 : rounds); round += 1) {
      const first = (round - 1) % taking.length;
      for (const { contender, results } of [...taking.slice(first), ...taking.slice(0, first)]) {
        signal.throwIfAborted();
        const result = await stores.withStore((store) =>
          runContender(contender, stage, store, round, programs, signal),
        );
        results.push(result);
        const { wallMs, complete } = result.run;
        say(`${scenario.name}: ${contender}: ${(wallMs / 1000).toFixed(1)} s${complete ? '' : ', FAILED'}`);
        if (result.complaint) say(result.complaint);
      }
    }
    return {
      name: scenario.name,
      title: scenario.title,
      images: scenario.images.length,
      uniqueBytes: stage.uniqueBytes,
      limitMs: Math.round(stage.limitMs),
      unavailable: scenario.unavailable !== undefined,
      contenders: taking.map(({ contender, results }) => ({
        contender,
        runs: results.map(({ run }) => run),
      })),
    };
  } finally {
    await cleanup.run();
  }
}

async function machine(podman: string): Promise<Results['machine']> {
  const version = (await execOk(podman, ['--version'])).trim();
  return { node: process.version, podman: version, kernel: release(), processors: cpus().length };
}

async function linkKind(): Promise<Results['link']['kind']> {
  const link = await startLink(linkBytesPerSecond);
  await link.stop();
  return link.kind;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A contender that had to succeed and did not. */
function hasFailure({ unavailable, contenders }: ScenarioResult): boolean {
  return contenders.some(({ contender, runs }) => {
    return (contender === ours || !unavailable) && runs.some(({ complete }) => !complete);
  });
}

/** Makes everything that starts `podman` start this one, and returns its path. */
async function usePodman(cleanup: Cleanup, path: string): Promise<string> {
  const dir = await tempDir(cleanup);
  const podman = join(dir, 'podman');
  await symlink(resolve(path), podman);
  process.env.PATH = [dir, process.env.PATH].join(delimiter);
  return podman;
}

async function bench(cleanup: Cleanup, signal: AbortSignal): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      scenario: { type: 'string' },
      short: { type: 'boolean', default: false },
      podman: { type: 'string' },
    },
  });
  const chosen = scenarios(values.short).filter(({ name }) => name === (values.scenario ?? name));
  if (chosen.length === 0) throw new Error(`There is no scenario ${values.scenario}`);
  const programs = {
    podman: values.podman ? await usePodman(cleanup, values.podman) : await findProgram('podman'),
  };
  const kind = await linkKind();
  const measured: ScenarioResult[] = [];
  for (const scenario of chosen) {
    measured.push(await runScenario(scenario, Number(values.rounds), programs, signal));
  }
  const results: Results = {
    machine: await machine(programs.podman),
    link: { kind, bytesPerSecond: linkBytesPerSecond },
    scenarios: measured,
  };
  const verdicts = judge(results);
  const { podman, node, processors } = results.machine;
  process.stdout.write(`${resultsTable(results)}\n\n${verdictsTable(verdicts)}\n\n`);
  process.stdout.write(`${podman}, Node.js ${node}, ${processors} processors; link: ${kind}, `);
  process.stdout.write(`${(linkBytesPerSecond * 8) / 1e6} Mbit/s; rounds: ${values.rounds}\n`);

  const chart = drawChart(results);
  if (values.scenario === undefined && !values.short) {
    for (const file of [resultsFile, chartFile]) await mkdir(dirname(file), { recursive: true });
    await writeFile(resultsFile, `${JSON.stringify({ ...results, verdicts }, null, 2)}\n`);
    await writeFile(chartFile, chart);
  }
  return measured.some(hasFailure) ? 1 : 0;
}

async function main(): Promise<number> {
  const status = await againInOwnNetwork();
  if (status !== undefined) return status;
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupted.abort());
  const cleanup = newCleanup();
  try {
    return await bench(cleanup, interrupted.signal);
  } catch (error) {
    if (error !== interrupted.signal.reason) throw error;
    return 130;
  } finally {
    await cleanup.run();
  }
}

process.exitCode = await main();

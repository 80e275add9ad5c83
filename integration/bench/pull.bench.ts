// How fast images get into a store, beside three other ways to pull them:
//   npm run bench [-- --rounds N] [--scenario NAME[,NAME…]] [--short] [--podman PATH|VERSION]
//                 [--against REVISION]… [--other COMMAND]…
// The ways take turns. It sets up its own registry, link, images and stores, and needs root, podman, skopeo and
// docker-registry. `--against` lets the program of an older commit take part; `--other` lets a command do so that is
// given the number of words of a podman command, these words, and references with digests. A run of all scenarios in
// full size and without such guests writes results/pull.json and the chart that contrib/docs/pulling.md shows.
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { cliFile } from '../support/cli.js';
import { execOk } from '../support/exec.js';
import { startLink } from '../support/link.js';
import { againInOwnNetwork } from '../support/own-network.js';
import { podmanOf } from '../support/podman-suites.js';
import { findProgram } from '../support/programs.js';
import { type Cleanup, newCleanup } from '../support/temp.js';
import { podmanVersions } from '../support/unpacked-podman.js';
import { buildOf } from './plan/other-build.js';
import { drawChart } from './pull/chart.js';
import { type Contender, ours, programContender, shellContender, standing } from './pull/contender.js';
import type { Results, ScenarioResult } from './pull/results.js';
import { type Programs, type RunResult, runContender } from './pull/run.js';
import { prepareStores } from './pull/run-stores.js';
import type { Scenario } from './pull/scenario.js';
import { scenarios, usualBytesPerSecond } from './pull/scenarios.js';
import { setStage } from './pull/stage.js';
import { resultsTable, verdictsTable } from './pull/table.js';
import { judge } from './pull/wanted.js';

const packageDirectory = dirname(dirname(cliFile));
const resultsFile = join(packageDirectory, 'integration/bench/results/pull.json');
const chartFile = join(packageDirectory, 'contrib/docs/bench-pull.svg');

/** Runs a scenario's rounds; each round has the contenders in another order. */
async function runScenario(
  scenario: Scenario,
  contenders: readonly Contender[],
  rounds: number,
  programs: Programs,
  signal: AbortSignal,
): Promise<ScenarioResult> {
  const cleanup = newCleanup();
  try {
    say(`${scenario.name}: building ${scenario.images.length} images`);
    const stage = await setStage(cleanup, scenario);
    const stores = await prepareStores(cleanup, stage.presentReferences, programs.podman);
    const taking = contenders
      .filter(({ isProgram }) => isProgram || scenario.alone !== true)
      .map((contender) => ({ contender, results: [] as RunResult[] }));
    for (let round = 1; round <= (scenario.alone ? 1 : rounds); round += 1) {
      const first = (round - 1) % taking.length;
      for (const { contender, results } of [...taking.slice(first), ...taking.slice(0, first)]) {
        signal.throwIfAborted();
        const result = await stores.withStore((store) =>
          runContender(contender, stage, store, round, programs, signal),
        );
        results.push(result);
        const { wallMs, complete } = result.run;
        const failed = complete ? '' : ', FAILED';
        say(`${scenario.name}: ${contender.name}: ${(wallMs / 1000).toFixed(1)} s${failed}`);
        if (result.complaint) say(result.complaint);
      }
    }
    return {
      name: scenario.name,
      title: scenario.title,
      images: scenario.images.length,
      bytesPerSecond: scenario.bytesPerSecond,
      uniqueBytes: stage.uniqueBytes,
      uniqueBlobs: stage.uniqueBlobs,
      limitMs: Math.round(stage.limitMs),
      unavailable: scenario.unavailable !== undefined,
      kills: scenario.kills ?? 0,
      contenders: taking.map(({ contender, results }) => ({
        contender: contender.name,
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

async function linkKind(): Promise<Results['link']> {
  const link = await startLink(usualBytesPerSecond);
  await link.stop();
  return link.kind;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A contender that had to succeed and did not; guests may do as they like. */
function hasFailure({ unavailable, contenders }: ScenarioResult): boolean {
  return contenders.some(({ contender, runs }) => {
    const hasTo = contender === ours || (!unavailable && standing.some(({ name }) => name === contender));
    return hasTo && runs.some(({ complete }) => !complete);
  });
}

/** The podman of that version or path, or the machine's own. Unpacks it where that is wanted, which takes the network. */
async function findPodman(wanted: string | undefined): Promise<string> {
  const version = podmanVersions.find((each) => each === wanted);
  if (version !== undefined) return (await podmanOf(version)).podman;
  // An unpacked one looks for its files beside itself.
  return wanted === undefined ? await findProgram('podman') : await realpath(wanted);
}

type Options = ReturnType<typeof parseOptions>;

function parseOptions() {
  return parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      scenario: { type: 'string' },
      short: { type: 'boolean', default: false },
      podman: { type: 'string' },
      against: { type: 'string', multiple: true, default: [] },
      other: { type: 'string', multiple: true, default: [] },
    },
  }).values;
}

function chosenScenarios({ scenario, short }: Options): readonly Scenario[] {
  const all = scenarios(short);
  if (scenario === undefined) return all;
  return scenario.split(',').map((wanted) => {
    const found = all.find(({ name }) => name === wanted);
    if (found === undefined) {
      throw new Error(`There is no scenario ${wanted}, but ${all.map(({ name }) => name).join(', ')}`);
    }
    return found;
  });
}

async function contendersOf({ against, other }: Options, cleanup: Cleanup): Promise<readonly Contender[]> {
  const builds: Contender[] = [];
  for (const revision of against) {
    builds.push(programContender(revision, await buildOf(revision, packageDirectory, cleanup)));
  }
  const commands = other.map((command) => {
    const name = command
      .trim()
      .split(/[\s/]+/)
      .slice(-2)
      .join(' ');
    return shellContender(name, `exec ${command} "$@"`);
  });
  return [...standing, ...builds, ...commands];
}

async function bench(options: Options, cleanup: Cleanup, signal: AbortSignal): Promise<number> {
  const chosen = chosenScenarios(options);
  const programs = { podman: await findPodman(options.podman) };
  const contenders = await contendersOf(options, cleanup);
  const link = await linkKind();
  const measured: ScenarioResult[] = [];
  for (const scenario of chosen) {
    measured.push(await runScenario(scenario, contenders, Number(options.rounds), programs, signal));
  }
  const results: Results = { machine: await machine(programs.podman), link, scenarios: measured };
  const verdicts = judge(results);
  const { podman, node, processors } = results.machine;
  process.stdout.write(`${resultsTable(results)}\n\n${verdictsTable(verdicts)}\n\n`);
  process.stdout.write(`${podman}, Node.js ${node}, ${processors} processors; link: ${link}, `);
  process.stdout.write(`${(usualBytesPerSecond * 8) / 1e6} Mbit/s or as said; rounds: ${options.rounds}\n`);

  const chart = drawChart(results);
  const isWhole = options.scenario === undefined && !options.short;
  if (isWhole && options.podman === undefined && contenders.length === standing.length) {
    for (const file of [resultsFile, chartFile]) await mkdir(dirname(file), { recursive: true });
    await writeFile(resultsFile, `${JSON.stringify({ ...results, verdicts }, null, 2)}\n`);
    await writeFile(chartFile, chart);
  }
  return measured.some(hasFailure) ? 1 : 0;
}

async function main(): Promise<number> {
  const options = parseOptions();
  // Before there is no network to get it from.
  await findPodman(options.podman);
  const status = await againInOwnNetwork();
  if (status !== undefined) return status;
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupted.abort());
  const cleanup = newCleanup();
  try {
    return await bench(options, cleanup, interrupted.signal);
  } catch (error) {
    if (error !== interrupted.signal.reason) throw error;
    return 130;
  } finally {
    await cleanup.run();
  }
}

process.exitCode = await main();

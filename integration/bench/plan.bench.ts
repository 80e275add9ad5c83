// How long a plan takes over a way with a latency, beside the program of an older commit:
//   npm run bench:plan [-- --against REVISION] [--rounds N] [--scenario NAME]
// The two take turns. It sets up its own registry, images and stores, and needs root, podman, git, openssl, and strace(1)
// to count processes. A run of all scenarios writes results/plan.json. It fails where the program of this checkout does
// not keep a bound of plan/scenarios.ts.
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { cliFile } from '../support/cli.js';
import { execOk } from '../support/exec.js';
import { newStore, type Store } from '../support/store.js';
import { type Cleanup, newCleanup } from '../support/temp.js';
import { median, round, table } from './command-times.js';
import { type PlanOrigin, startOrigin } from './plan/origin.js';
import { buildOf } from './plan/other-build.js';
import { type PlanRun, processesOfPlan, runPlan, type Subject } from './plan/run.js';
import { type PlanScenario, planScenarios } from './plan/scenarios.js';

const checkout = dirname(dirname(cliFile));
const resultsFile = join(checkout, 'integration/bench/results/plan.json');
const roundTripMs = 40;

/** Medians of a program's runs. */
interface Figures {
  readonly program: string;
  readonly wallMs: number;
  /** Without any latency. */
  readonly nearMs: number;
  /** `wallMs` in round trips, and what of it the latency has added. */
  readonly roundTrips: number;
  readonly roundTripsAdded: number;
  readonly peakMegabytes: number;
  readonly requests: number;
  readonly connections: number;
  /** Null where they cannot be counted. */
  readonly processes: number | null;
}

interface ScenarioFigures extends Pick<PlanScenario, 'name' | 'title' | 'images'> {
  readonly figures: readonly Figures[];
  /** What of the new program is not as it must be. */
  readonly missed: readonly string[];
}

/** A program by the name under which its figures are told. */
interface Program {
  readonly name: string;
  readonly cli: string;
}

async function runScenario(
  scenario: PlanScenario,
  programs: readonly Program[],
  rounds: number,
  origin: PlanOrigin,
): Promise<ScenarioFigures> {
  const cleanup = newCleanup();
  try {
    const references = Array.from({ length: scenario.images }, (_, at) => {
      const name = `${scenario.name}/app-${at}`;
      return scenario.kind === 'layers'
        ? origin.putLayers(name, 10)
        : origin.putSmall(name, scenario.kind === 'index');
    });
    const store = await cleanup.use(newStore());
    if (scenario.isPresent) await fill(store, references, origin);
    const subjects = programs.map(({ name, cli }) => {
      const of = (ms: number): Subject => ({
        cli,
        scenario,
        references,
        store,
        origin,
        roundTripMs: ms,
      });
      return {
        name,
        far: of(roundTripMs),
        near: of(0),
        farRuns: [] as PlanRun[],
        nearRuns: [] as PlanRun[],
      };
    });
    // The first round fills the page cache and does not count.
    for (let turn = -1; turn < rounds; turn += 1) {
      for (const { far, near, farRuns, nearRuns } of turn % 2 === 0 ? subjects : subjects.toReversed()) {
        const runs = [await runPlan(far), await runPlan(near)] as const;
        if (turn < 0) continue;
        farRuns.push(runs[0]);
        nearRuns.push(runs[1]);
      }
    }
    const figures: Figures[] = [];
    for (const { name, far, farRuns, nearRuns } of subjects) {
      const of = (runs: readonly PlanRun[], figure: (run: PlanRun) => number) => median(runs.map(figure));
      const wallMs = of(farRuns, (run) => run.wallMs);
      const nearMs = of(nearRuns, (run) => run.wallMs);
      figures.push({
        program: name,
        wallMs: round(wallMs, 0),
        nearMs: round(nearMs, 0),
        roundTrips: round(wallMs / roundTripMs, 1),
        roundTripsAdded: round((wallMs - nearMs) / roundTripMs, 1),
        peakMegabytes: round(
          of(farRuns, (run) => run.peakMegabytes),
          1,
        ),
        requests: of(farRuns, (run) => run.requests),
        connections: of(farRuns, (run) => run.connections),
        processes: (await processesOfPlan(far)) ?? null,
      });
    }
    const { name, title, images } = scenario;
    return { name, title, images, figures, missed: missedBounds(scenario, figures[0]) };
  } finally {
    await cleanup.run();
  }
}

async function fill(store: Store, references: readonly string[], origin: PlanOrigin): Promise<void> {
  origin.askForTokens(false);
  origin.proxy.delay(0);
  const env = { SSL_CERT_FILE: origin.authority };
  const pulled = await store.podman(['pull', '--quiet', ...references], { env });
  if (pulled.exitCode !== 0) throw new Error(pulled.stderr);
}

function missedBounds({ wanted }: PlanScenario, figures: Figures | undefined): readonly string[] {
  if (figures === undefined) return [];
  const { roundTrips, requests, processes, peakMegabytes } = wanted;
  return [
    ...(roundTrips !== undefined && figures.roundTripsAdded >= roundTrips
      ? [`the latency adds ${figures.roundTripsAdded} round trips, which should be fewer than ${roundTrips}`]
      : []),
    ...(requests !== undefined && figures.requests > requests
      ? [`${figures.requests} requests, which should be ${requests}`]
      : []),
    ...(processes !== undefined && figures.processes !== null && figures.processes > processes
      ? [`${figures.processes} processes, which should be ${processes} at most`]
      : []),
    ...(peakMegabytes !== undefined && figures.peakMegabytes > peakMegabytes
      ? [`${figures.peakMegabytes} MB at the peak, which should be ${peakMegabytes} at most`]
      : []),
  ];
}

function rowsOf({ title, figures }: ScenarioFigures): readonly Readonly<Record<string, string | number>>[] {
  const [newest] = figures;
  return figures.map((each) => ({
    scenario: each === newest ? title : '',
    program: each.program,
    ms: each.wallMs,
    '× new': newest === undefined ? '' : (each.wallMs / newest.wallMs).toFixed(2),
    'ms near': each.nearMs,
    'round trips': each.roundTrips.toFixed(1),
    'by latency': each.roundTripsAdded.toFixed(1),
    requests: each.requests,
    connections: each.connections,
    processes: each.processes ?? '?',
    'peak MB': each.peakMegabytes.toFixed(0),
  }));
}

async function bench(cleanup: Cleanup): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      against: { type: 'string' },
      scenario: { type: 'string' },
    },
  });
  const chosen = planScenarios.filter(({ name }) => name === (values.scenario ?? name));
  if (chosen.length === 0) throw new Error(`There is no scenario ${values.scenario}`);
  const programs: Program[] = [{ name: 'new', cli: cliFile }];
  if (values.against !== undefined) {
    programs.push({ name: values.against, cli: await buildOf(values.against, checkout, cleanup) });
  }
  const origin = await startOrigin(cleanup);
  const results: ScenarioFigures[] = [];
  for (const scenario of chosen) {
    process.stderr.write(`${scenario.title}\n`);
    results.push(await runScenario(scenario, programs, Number(values.rounds), origin));
  }
  process.stdout.write(`${table(results.flatMap(rowsOf))}\n\n`);
  const podman = (await execOk('podman', ['--version'])).trim();
  process.stdout.write(`medians of ${values.rounds} runs, ${roundTripMs} ms a round trip; ${podman}, `);
  process.stdout.write(`Node.js ${process.version}, ${cpus().length} processors\n`);
  for (const { title, missed } of results) {
    for (const what of missed) process.stdout.write(`missed: ${title}: ${what}\n`);
  }
  if (values.scenario === undefined) {
    const machine = { node: process.version, podman, kernel: release(), processors: cpus().length };
    const json = { machine, roundTripMs, rounds: Number(values.rounds), scenarios: results };
    await mkdir(dirname(resultsFile), { recursive: true });
    await writeFile(resultsFile, `${JSON.stringify(json, null, 2)}\n`);
  }
  return results.every(({ missed }) => missed.length === 0);
}

const cleanup = newCleanup();
try {
  process.exitCode = (await bench(cleanup)) ? 0 : 1;
} finally {
  await cleanup.run();
}

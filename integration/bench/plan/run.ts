import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dropIn } from '../../support/entries.js';
import { exec } from '../../support/exec.js';
import { makeRoots } from '../../support/host.js';
import { findProgram } from '../../support/programs.js';
import type { Store } from '../../support/store.js';
import { newCleanup, tempDir } from '../../support/temp.js';
import type { PlanOrigin } from './origin.js';
import type { PlanScenario } from './scenarios.js';

/** One run of a program. */
export interface PlanRun {
  readonly wallMs: number;
  /** Resident set of the program itself at its highest. */
  readonly peakBytes: number;
  readonly requests: number;
  readonly connections: number;
}

export interface Subject {
  /** The `dist/cli.js` of it. */
  readonly cli: string;
  readonly scenario: PlanScenario;
  readonly references: readonly string[];
  readonly store: Store;
  readonly origin: PlanOrigin;
  readonly roundTripMs: number;
}

/** Node.js at its end says how much memory it had. */
const atExit = `import{writeFileSync as w}from'node:fs';process.on('exit',()=>{
  w(process.env.PEAK_FILE,String(process.resourceUsage().maxRSS))})`;
const peakOption = `--import=data:text/javascript,${encodeURIComponent(atExit)}`;

/** @throws Error when the program does not tell of every image what it should. */
export async function runPlan(subject: Subject): Promise<PlanRun> {
  return inPrivate(subject, async (args, env, directory) => {
    const { origin } = subject;
    const peakFile = join(directory, 'peak');
    const result = await exec(process.execPath, args, {
      env: { ...env, NODE_OPTIONS: peakOption, PEAK_FILE: peakFile },
    });
    requireWhole(subject, result.stdout, result.stderr);
    return {
      wallMs: result.durationMs,
      peakBytes: Number(await readFile(peakFile, 'utf8')) * 1024,
      requests: origin.requests(),
      connections: origin.proxy.connections(),
    };
  });
}

/** How many programs it starts, with all that those start; undefined where strace(1) is missing or may not trace. */
export async function processesOfPlan(subject: Subject): Promise<number | undefined> {
  const strace = await findProgram('strace').catch(() => undefined);
  if (strace === undefined) return undefined;
  return inPrivate(subject, async (args, env, directory) => {
    const file = join(directory, 'started');
    const trace = ['-f', '-qq', '-e', 'trace=execve', '-e', 'signal=none', '-o', file];
    const result = await exec(strace, [...trace, process.execPath, ...args], { env });
    const started = (await readFile(file, 'utf8').catch(() => '')).match(/ execve\(.*\) += 0$/gm);
    if (started === null) return undefined;
    requireWhole(subject, result.stdout, result.stderr);
    return started.length - 1;
  });
}

/** With nothing of the settings and credentials of whoever runs the bench. */
async function inPrivate<T>(
  { cli, scenario, references, store, origin, roundTripMs }: Subject,
  use: (
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    directory: string,
  ) => Promise<T>,
): Promise<T> {
  const cleanup = newCleanup();
  try {
    const directory = await tempDir(cleanup);
    const [home, runtime, temporary] = ['home', 'run', 'tmp'].map((name) => join(directory, name));
    for (const path of [home, runtime, temporary]) await mkdir(path ?? '');
    const own = Object.keys(process.env).filter((name) => name.startsWith('BOUND_IMAGES_'));
    const env = {
      ...Object.fromEntries(own.map((name) => [name, undefined])),
      ...store.env,
      HOME: home,
      XDG_RUNTIME_DIR: runtime,
      TMPDIR: temporary,
      XDG_CONFIG_HOME: undefined,
      REGISTRY_AUTH_FILE: undefined,
      DOCKER_CONFIG: undefined,
      SSL_CERT_FILE: origin.authority,
    };
    const { newRoot, currentRoot } = await cleanup.use(
      makeRoots({
        newRoot: dropIn('bench', references, {}),
        currentRoot: { 'usr/lib/os-release': 'ID=bench\n' },
      }),
    );
    const roots = ['--root', newRoot, '--current-root', currentRoot];
    const storage = ['--storage-root', store.root, '--storage-runroot', store.runroot];
    const more = scenario.command === 'plan' ? storage : ['--online'];
    origin.askForTokens(scenario.hasTokens ?? false);
    origin.proxy.delay(roundTripMs);
    origin.forget();
    return await use([cli, scenario.command, ...roots, ...more, '--format', 'json'], env, directory);
  } finally {
    await cleanup.run();
  }
}

function requireWhole({ scenario, references }: Subject, stdout: string, stderr: string): void {
  const report: { readonly images?: readonly ReportedImage[] } = stdout.startsWith('{')
    ? JSON.parse(stdout)
    : {};
  const known = (report.images ?? []).filter((image) => isKnown(scenario, image));
  if (known.length !== references.length) {
    throw new Error(
      `${scenario.title}: ${known.length} of ${references.length}\n${stderr}${stdout.slice(0, 5000)}`,
    );
  }
}

interface ReportedImage {
  readonly state?: string;
  readonly layers?: readonly unknown[] | null;
  readonly digest?: string | null;
}

function isKnown(scenario: PlanScenario, { state, layers, digest }: ReportedImage): boolean {
  if (scenario.command === 'check') return typeof digest === 'string';
  return scenario.isPresent ? state === 'present' : (layers?.length ?? 0) > 0;
}

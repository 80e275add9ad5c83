import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { peakEnv, peakOf } from '../../hostile/support/peak-memory.js';
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
  readonly peakMegabytes: number;
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

/** @throws Error when the program does not tell of every image what it should. */
export async function runPlan(subject: Subject): Promise<PlanRun> {
  return inPrivate(subject, async (args, env, directory) => {
    const { origin } = subject;
    const result = await exec(process.execPath, args, { env: { ...env, ...peakEnv(directory) } });
    requireWhole(subject, result.stdout, result.stderr);
    return {
      wallMs: result.durationMs,
      peakMegabytes: await peakOf(directory),
      requests: origin.requests(),
      connections: origin.proxy.connections(),
    };
  });
}

/** How many processes it starts itself; undefined where strace(1) is missing or may not trace. */
export async function processesOfPlan(subject: Subject): Promise<number | undefined> {
  const strace = await findProgram('strace').catch(() => undefined);
  if (strace === undefined) return undefined;
  return inPrivate(subject, async (args, env, directory) => {
    const file = join(directory, 'traced');
    const trace = [
      '-f',
      '-qq',
      '-e',
      'trace=execve,clone,clone3,fork,vfork',
      '-e',
      'signal=none',
      '-o',
      file,
    ];
    const result = await exec(strace, [...trace, process.execPath, ...args], { env });
    const text = await readFile(file, 'utf8').catch(() => '');
    const [, first] = /^(\d+) +execve\(/.exec(text) ?? [];
    if (first === undefined) return undefined;
    requireWhole(subject, result.stdout, result.stderr);
    const calls = [...text.matchAll(/^(\d+) +(?:<\.\.\. )?(\w+).* = (\d+)$/gm)];
    // Threads of its own are children, too; they execute nothing.
    const children = calls.flatMap(([, pid, call, id]) => (pid === first && call !== 'execve' ? id : []));
    const executed = new Set(calls.flatMap(([, pid, call]) => (call === 'execve' ? pid : [])));
    return children.filter((id) => executed.has(id)).length;
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

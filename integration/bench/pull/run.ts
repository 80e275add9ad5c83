import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropIn } from '../../support/entries.js';
import { makeRoots } from '../../support/host.js';
import { randomFraction } from '../../support/random-fraction.js';
import type { Store } from '../../support/store.js';
import { newCleanup, tempDir } from '../../support/temp.js';
import type { Contender } from './contender.js';
import { type Measurement, measure } from './measure.js';
import type { Stage } from './stage.js';

/** One pull of a scenario's images by one contender, as results/pull.json holds it; a killed one with those after it. */
export type Run = {
  readonly round: number;
  /** Whether the store holds every image afterwards. The exit status proves nothing and does not count. */
  readonly complete: boolean;
  readonly imagesPresent: number;
  readonly wallMs: number;
  /** User and system time of all processes. */
  readonly cpuMs: number;
  /** That of the contender's first process alone, nearly to its end: for bound-images, its own. */
  readonly ownCpuMs: number;
  readonly wireBytes: number;
  /** Proportional set sizes of all processes, added up, at the worst moment. */
  readonly peakTreeBytes: number;
  /** Resident set of the contender's first process at its highest: for bound-images, its own memory. */
  readonly peakOwnBytes: number;
};

export type Programs = { readonly podman: string };

/** A run, and the end of what a failed one has said. */
export type RunResult = { readonly run: Run; readonly complaint: string | undefined };

/** Lets a contender pull into the store. */
export async function runContender(
  contender: Contender,
  stage: Stage,
  store: Store,
  round: number,
  programs: Programs,
  signal: AbortSignal,
): Promise<RunResult> {
  const cleanup = newCleanup();
  try {
    const { references, link } = stage;
    const roots = await cleanup.use(makeRoots({ newRoot: dropIn('bench', references) }));
    const env = { ...store.env, ...(await privateEnvironment(await tempDir(cleanup))) };
    const command = contender.command({ references, ...roots, store, ...programs });
    stage.reseed(round);
    const before = await link.sentBytes();
    const measured: Measurement[] = [];
    for (const bytes of killedAt(stage, round)) {
      const killWhen = async (ended: AbortSignal) => {
        while (!ended.aborted && (await link.sentBytes()) - before < bytes) await sleep(10);
      };
      measured.push(await measure(command, { env, signal, killWhen }));
    }
    const last = await measure(command, { env, signal });
    measured.push(last);
    const wireBytes = (await link.sentBytes()) - before;
    const names = new Set((await store.images()).flatMap((image) => image.names));
    const imagesPresent = references.filter((reference) => names.has(reference)).length;
    const complete = imagesPresent === references.length;
    const sum = (figure: (one: Measurement) => number) =>
      Math.round(measured.reduce((total, one) => total + figure(one), 0));
    const most = (figure: (one: Measurement) => number) => Math.max(...measured.map(figure));
    const run = {
      round,
      complete,
      imagesPresent,
      wallMs: sum((one) => one.durationMs),
      cpuMs: sum((one) => one.cpuMs),
      ownCpuMs: sum((one) => one.tree.childCpuMs),
      wireBytes,
      peakTreeBytes: most((one) => one.tree.treeBytes),
      peakOwnBytes: most((one) => one.tree.childBytes),
    };
    const said = contender.isProgram ? errorsOf(last.stdout) : last.stderr;
    return { run, complaint: complete ? undefined : said.trim().slice(-1000) };
  } finally {
    await cleanup.run();
  }
}

/** How many bytes the link has carried, of all that there are, when the run is killed: other moments in each round. */
function killedAt({ scenario: { kills = 0 }, uniqueBytes }: Stage, round: number): readonly number[] {
  const moments = Array.from({ length: kills }, (_, at) => randomFraction(round, `kill ${at}`));
  return moments.sort((a, b) => a - b).map((fraction) => fraction * uniqueBytes);
}

/** What `pull --format json` says about images that failed, or all of its output if it is not that. */
function errorsOf(stdout: string): string {
  if (!stdout.startsWith('{')) return stdout;
  const report: { images: readonly { error: { message: string } | null }[] } = JSON.parse(stdout);
  return report.images.flatMap(({ error }) => error?.message ?? []).join('\n');
}

/** Keeps the settings and credentials of whoever runs the benchmark out of it. */
async function privateEnvironment(dir: string): Promise<Readonly<Record<string, string | undefined>>> {
  const home = join(dir, 'home');
  const runtime = join(dir, 'run');
  const temporary = join(dir, 'tmp');
  for (const path of [home, runtime, temporary]) await mkdir(path);
  return {
    HOME: home,
    XDG_RUNTIME_DIR: runtime,
    TMPDIR: temporary,
    XDG_CONFIG_HOME: undefined,
    REGISTRY_AUTH_FILE: undefined,
    DOCKER_CONFIG: undefined,
    ...Object.fromEntries(
      Object.keys(process.env)
        .filter((name) => name.startsWith('BOUND_IMAGES_'))
        .map((name) => [name, undefined]),
    ),
  };
}

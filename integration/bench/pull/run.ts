import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { dropIn } from '../../support/entries.js';
import { makeRoots } from '../../support/host.js';
import type { Store } from '../../support/store.js';
import { newCleanup, tempDir } from '../../support/temp.js';
import { type Contender, ours, pullCommand } from './contender.js';
import { measure } from './measure.js';
import type { Stage } from './stage.js';

/** One pull of a scenario's images by one contender, as results/pull.json holds it. */
export type Run = {
  readonly round: number;
  /** Whether the store holds every image afterwards. The exit status proves nothing and does not count. */
  readonly complete: boolean;
  readonly imagesPresent: number;
  readonly wallMs: number;
  /** User and system time of all processes. */
  readonly cpuMs: number;
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
    const command = pullCommand(contender, { references, ...roots, store, ...programs });
    stage.reseed(round);
    const before = await link.sentBytes();
    const measured = await measure(command, { env, signal });
    const wireBytes = (await link.sentBytes()) - before;
    const names = new Set((await store.images()).flatMap((image) => image.names));
    const imagesPresent = references.filter((reference) => names.has(reference)).length;
    const complete = imagesPresent === references.length;
    const run = {
      round,
      complete,
      imagesPresent,
      wallMs: Math.round(measured.durationMs),
      cpuMs: Math.round(measured.cpuMs),
      wireBytes,
      peakTreeBytes: measured.memory.treeBytes,
      peakOwnBytes: measured.memory.childBytes,
    };
    const said = contender === ours ? errorsOf(measured.stdout) : measured.stderr;
    return { run, complaint: complete ? undefined : said.trim().slice(-1000) };
  } finally {
    await cleanup.run();
  }
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

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startChecked } from './checked-cli.js';
import type { CliOptions, LiveCli } from './cli.js';
import type { ExecResult } from './exec.js';
import { makeRoots, type Tree } from './host.js';
import type { PodmanPrograms } from './podman-suites.js';
import { processesEnd } from './processes.js';
import { newStore, type Store } from './store.js';
import { type Cleanup, tempDir } from './temp.js';

/** What `pull --format json` prints, as far as tests look at it. */
export type PullReport = {
  readonly images: readonly {
    readonly reference: string;
    readonly state: 'present' | 'pulled' | 'failed';
    readonly digest: string | null;
    readonly bytes: number;
    readonly attempts: number;
    readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
  }[];
  readonly diagnostics: readonly {
    readonly rule: string;
    readonly severity: string;
    readonly file: string | null;
    readonly line: number | null;
    readonly message: string;
  }[];
};

/** `report` is undefined where there was no result. */
export type PullResult = ExecResult & { readonly report: PullReport | undefined };

/** A machine with a new root, a current root and a store of its own. */
export type BoundHost = {
  readonly newRoot: string;
  readonly currentRoot: string;
  readonly store: Store;
  /** TMPDIR of the program. */
  readonly temporary: string;
  /** Starts any command on the two roots, and on the store where it has one. */
  readonly start: (
    command: 'list' | 'check' | 'plan' | 'pull' | 'prefetch' | 'gate' | 'stage',
    args: readonly string[],
    options?: Pick<CliOptions, 'cwd' | 'env' | 'timeoutMs' | 'behind'>,
  ) => LiveCli;
  /** Receipts and locks of the program. */
  readonly state: string;
  readonly leftovers: () => Promise<readonly string[]>;
  /** Names in the store, sorted. */
  readonly stored: () => Promise<readonly string[]>;
  /** Runs `bound-images COMMAND` on the two roots, and those that pull on the store. */
  readonly run: (
    command: 'list' | 'check' | 'plan' | 'prefetch' | 'gate' | 'stage',
    ...args: readonly string[]
  ) => Promise<ExecResult>;
  /** Starts `bound-images pull --format json` with one retry, unless `args` say otherwise. */
  readonly startPull: (...args: readonly string[]) => LiveCli;
  /** The same to its end; proves that no temporary file was left behind. */
  readonly pull: (...args: readonly string[]) => Promise<PullResult>;
};

export type HostSpec = {
  readonly newRoot: Tree;
  readonly currentRoot?: Tree;
  /** An existing directory for the store, which only this host uses. */
  readonly storeParent?: string;
  /** A store that is there already, and outlives this host. */
  readonly store?: Store;
  /** The machine's own without it. */
  readonly programs?: PodmanPrograms;
  /** Environment of the program on top of what every host has. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Makes a host. The credentials of whoever runs the tests are out of its reach. */
export async function newBoundHost(cleanup: Cleanup, spec: HostSpec): Promise<BoundHost> {
  const running: Tree = { 'usr/lib/os-release': 'ID=test\n', ...spec.currentRoot };
  const { newRoot, currentRoot } = await cleanup.use(makeRoots({ ...spec, currentRoot: running }));
  const store = spec.store ?? (await cleanup.use(newStore(spec.storeParent, spec.programs?.podman)));
  const dir = await tempDir(cleanup);
  const temporary = join(dir, 'tmp');
  const home = join(dir, 'home');
  const runtime = join(dir, 'run');
  for (const path of [temporary, home, runtime]) await mkdir(path);
  const state = join(dir, 'state');
  const env = {
    ...store.env,
    TMPDIR: temporary,
    // Not beside a store that may be on a small disk.
    BOUND_IMAGES_STATE_DIR: state,
    HOME: home,
    XDG_RUNTIME_DIR: runtime,
    XDG_CONFIG_HOME: undefined,
    REGISTRY_AUTH_FILE: undefined,
    DOCKER_CONFIG: undefined,
    ...spec.env,
  };
  const roots = ['--root', newRoot, '--current-root', currentRoot];
  const storage = ['--storage-root', store.root, '--storage-runroot', store.runroot];
  const { podman } = spec.programs ?? {};
  const programs = podman ? ['--podman', podman] : [];
  const planning = [...roots, ...storage, ...programs];
  const asking = [...roots, ...storage, ...programs];
  const argumentsOf: Readonly<Record<string, readonly string[]>> = {
    list: roots,
    check: roots,
    gate: asking,
    prefetch: ['--current-root', currentRoot, ...storage, ...programs],
  };
  const pullArgs = ['pull', ...planning, '--format', 'json', '--retries', '1'];
  const leftovers = () => readdir(temporary);
  // For tests that fail while it runs.
  const killedAtTheEnd = (live: LiveCli) => {
    cleanup.add(async () => {
      live.kill('SIGKILL');
      await processesEnd(live.marker, 10_000);
    });
    return live;
  };
  const start: BoundHost['start'] = (command, args, options = {}) => {
    const own = argumentsOf[command] ?? planning;
    return killedAtTheEnd(
      startChecked([command, ...own, ...args], { ...options, env: { ...env, ...options.env } }),
    );
  };
  const startPull = (...args: readonly string[]) =>
    killedAtTheEnd(startChecked([...pullArgs, ...args], { env }));
  return {
    newRoot,
    currentRoot,
    store,
    temporary,
    state,
    start,
    leftovers,
    stored: async () => (await store.images()).flatMap(({ names }) => names).sort(),
    run: (command, ...args) => start(command, args).finished,
    startPull,
    pull: async (...args) => {
      const result = await startPull(...args).finished;
      expect(await leftovers()).toEqual([]);
      return { ...result, report: parseReport(result.stdout) };
    },
  };
}

/** Reads what `pull --format json` has printed; `undefined` where that is why it has no result. */
export function parseReport(stdout: string): PullReport | undefined {
  const printed = stdout.startsWith('{') ? JSON.parse(stdout) : {};
  return 'images' in printed || 'diagnostics' in printed ? printed : undefined;
}

/** The text of all that the program has said. */
export function outputOf({ stdout, stderr }: Pick<ExecResult, 'stdout' | 'stderr'>): string {
  return stdout + stderr;
}

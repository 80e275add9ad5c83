import { join } from 'node:path';
import { type PullReport, parseReport } from './bound-host.js';
import { cliCommand } from './cli.js';
import { dropIn } from './entries.js';
import { type ExecResult, exec, start } from './exec.js';
import { makeRoots, type Tree, writeTree } from './host.js';
import type { PodmanPrograms } from './podman-suites.js';
import { newStore, type Store } from './store.js';
import { type Cleanup, tempDir } from './temp.js';

/** What a machine has of its own in the places where podman looks. */
export type Places = {
  readonly programs: PodmanPrograms;
  /** Of the home of the user. */
  readonly home?: Tree;
  /** /etc/containers; the machine's own without it. */
  readonly etc?: Tree;
  /** A directory for /var/lib/containers. */
  readonly library?: string;
  /** Of the new root, beside what it binds. */
  readonly newRoot?: Tree;
  /** What the program is started by. */
  readonly by?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

export type PlacedPull = ExecResult & {
  readonly store: Store;
  readonly library: string;
  /** The text of all that the program has said. */
  readonly said: string;
  readonly images: PullReport['images'];
};

/** Mounts the directories over the places where nobody else sees it. */
const mounted = `set -e
mkdir -p /var/lib/containers
mount --bind "$1" /var/lib/containers
[ -z "$2" ] || mount --bind "$2" /etc/containers
shift 2
exec "$@"`;

/** Runs `pull --verbose` of a root that binds the references, on a machine with other places than this one's. */
export async function placedPull(
  cleanup: Cleanup,
  references: readonly string[],
  places: Places,
  ...args: readonly string[]
): Promise<PlacedPull> {
  const { programs, newRoot, by = [] } = places;
  const library = places.library ?? (await tempDir(cleanup));
  const [home, temporary] = [await tempDir(cleanup), await tempDir(cleanup)];
  await writeTree(home, places.home ?? {});
  const etc = places.etc === undefined ? '' : await tempDir(cleanup);
  if (places.etc !== undefined) await writeTree(etc, places.etc);
  const store = await cleanup.use(newStore(undefined, programs.podman));
  const bound = { ...dropIn('apps', references), ...newRoot };
  const roots = await cleanup.use(
    makeRoots({ newRoot: bound, currentRoot: { 'usr/lib/os-release': 'ID=x\n' } }),
  );
  const env = {
    ...store.env,
    NO_COLOR: '1',
    HOME: home,
    TMPDIR: temporary,
    XDG_CONFIG_HOME: undefined,
    REGISTRY_AUTH_FILE: undefined,
    ...places.env,
  };
  const command = [
    ...[...cliCommand, 'pull', '--root', roots.newRoot, '--current-root', roots.currentRoot],
    ...['--podman', programs.podman, '--storage-root', store.root, '--storage-runroot', store.runroot],
    ...['--format', 'json', '--retries', '0', '--verbose', ...args],
  ];
  const inside = ['sh', '-c', mounted, 'sh', library, etc, ...by, ...command];
  const result = await start('unshare', ['--mount', '--', ...inside], {
    env,
    cwd: '/',
    timeoutMs: 120_000,
  }).finished;
  const images = parseReport(result.stdout)?.images ?? [];
  return { ...result, store, library, said: result.stdout + result.stderr, images };
}

/** What became of each image: its state, or the code of its failure. */
export function outcomesOf({ images }: PlacedPull): readonly string[] {
  return images.map(({ state, error }) => error?.code ?? state);
}

/** What a path of a relay, and nothing else, has in it. */
const ofRelay = '127\\.0\\.0\\.1:[0-9]+/[0-9a-f]{32}|[0-9a-f]{32}/r[0-9]';

/** Where the relay is told of: “the messages”, and files of the store and of what podman keeps beside it. */
export async function tracesOfRelay({ said, store, library }: PlacedPull): Promise<readonly string[]> {
  const { stdout } = await exec('grep', ['-rlE', ofRelay, store.root, store.runroot, library]);
  const files = stdout.split('\n').filter((path) => path !== '');
  const shown = files.map((path) => (path.startsWith(library) ? path.replace(join(library, '/'), '') : path));
  return new RegExp(ofRelay).test(said) ? ['the messages', ...shown] : shown;
}

import { readlinkSync } from 'node:fs';
import { isSea } from 'node:sea';
import { shownText } from '../../diagnostic/redact.js';
import { BoundImagesError } from '../../model/error.js';
import { withDeathSignal } from './death-signal.js';
import { findProgram } from './find-program.js';
import { runInForeground } from './foreground.js';
import { run, type Trace } from './run.js';

/** Names the mount namespace from which this process was started. */
const variable = 'BOUND_IMAGES_STARTED_FROM';

/** For a program that is started there and does not know of it. */
export function withoutNamespace(): Readonly<Record<string, undefined>> {
  return { [variable]: undefined };
}

/** Whether what this process mounts is its own: the kernel unmounts it when the last of its processes ends. */
export function hasPrivateMounts(): boolean {
  const outside = process.env[variable];
  return outside !== undefined && outside !== mountNamespace();
}

/**
 * Runs this program again, with the same arguments, where it may mount and nobody else sees what it has mounted, and
 * returns its exit status. `asRoot` is put in front of it by an ordinary user: what makes it root of a user namespace.
 *
 * @throws BoundImagesError `tool-missing`, or `store` when this user or this machine may not mount.
 */
export async function runWithPrivateMounts(asRoot: readonly string[], trace?: Trace): Promise<number> {
  const wrapped = await withPrivateMounts(asRoot);
  return await runInForeground([...wrapped, ...thisProgram(), ...process.argv.slice(2)], trace, {
    env: { [variable]: mountNamespace() },
    signals: ['SIGINT', 'SIGTERM', 'SIGHUP'],
  });
}

/**
 * What to put in front of a command line so that it may mount, and nobody else sees what it has mounted. `asRoot` is part
 * of it for an ordinary user.
 *
 * @throws BoundImagesError `tool-missing`, or `store` when this user or this machine may not mount.
 */
export async function withPrivateMounts(asRoot: readonly string[]): Promise<readonly string[]> {
  const isRoot = process.geteuid?.() === 0;
  // What it starts, it starts below a program that dies with us.
  const inner = [...withDeathSignal(), requireUnshare(), '--mount', '--'];
  const wrapped = isRoot ? inner : [...withDeathSignal(), ...asRoot, ...inner];
  await probe(wrapped);
  return wrapped;
}

/** What starts this program again, without its arguments: one file, or a script with what runs it. */
function thisProgram(): readonly string[] {
  const [script = ''] = process.argv.slice(1);
  return isSea() ? [process.execPath] : [process.execPath, ...process.execArgv, script];
}

/** Before the program itself runs there, so that its exit status is its own. */
async function probe([program = '', ...args]: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await run(program, [...args, 'true']);
  if (exitCode === 0) return;
  const reason = shownText(stderr.trim().split('\n').at(-1) ?? '');
  throw new BoundImagesError('store', `an image cannot be mounted here: ${reason}`, {
    hint: 'run it as root, or as a user for whom “podman unshare true” succeeds; a container needs --privileged',
  });
}

/** namespaces(7): the link reads `mnt:[INODE]`. */
function mountNamespace(): string {
  return readlinkSync('/proc/self/ns/mnt');
}

function requireUnshare(): string {
  const program = findProgram('unshare');
  if (program !== undefined) return program;
  throw new BoundImagesError('tool-missing', 'unshare is needed, and it is not in PATH', {
    hint: 'install the package util-linux',
  });
}

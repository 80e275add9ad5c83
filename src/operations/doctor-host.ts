import { type Deployment, isPrepared } from '../model/deployment.js';
import { noRoomInStore } from '../model/no-room.js';
import type { DeploymentHost } from '../model/ports.js';
import type { StoreWorker } from '../state/store-worker.js';
import { formatBytes, formatSize } from '../text/format.js';
import { printable } from '../text/printable.js';
import { oldestPodman } from '../tools/podman/features.js';
import type { StoreInfo } from '../tools/podman/store-info.js';
import { isOlder } from '../tools/process/is-older.js';
import {
  type Answer,
  bad,
  type DoctorInput,
  type DoctorLine,
  type DoctorPorts,
  good,
  unseen,
  warn,
} from './doctor-report.js';

/** The programs that are started where they are there. */
const others = ['ostree', 'rpm-ostree', 'bootc', 'skopeo'];

/** Of podman, of what locks with it, and of those of others that are there. */
export async function toolLines(
  { program }: Pick<DoctorPorts, 'program'>,
  version: (path: string) => Promise<Answer<string | undefined>>,
): Promise<readonly DoctorLine[]> {
  const found = ['podman', ...others].flatMap((name) => {
    const path = program(name);
    return path === undefined ? [] : { name, path };
  });
  const lines = found.map(async ({ name, path }) => {
    const answer = await version(path);
    const said = answer.ok ? answer.value : undefined;
    if (said === undefined)
      return unseen('tools', `${path} names no version`, answer.ok ? null : answer.message);
    if (name === 'podman' && isOlder(said, oldestPodman)) {
      const message = `${path} is ${said}, and podman ${oldestPodman} or newer is needed`;
      return bad('tools', message, 'install a newer package podman', 'tool-too-old');
    }
    return good('tools', `${name} ${said}, ${path}`);
  });
  const needed = [
    ['podman', 'podman'],
    ['flock', 'util-linux'],
  ] as const;
  const missing = needed.flatMap(([name, packageName]) =>
    program(name) === undefined
      ? bad('tools', `the program ${name} is missing`, `install the package ${packageName}`, 'tool-missing')
      : [],
  );
  return [...missing, ...(await Promise.all(lines))];
}

const asRoot = 'run it again as root';

/** Where images are, and who works on them now. */
export function storeLines(
  { isRoot, program, worker }: Pick<DoctorPorts, 'isRoot' | 'program' | 'worker'>,
  store: Answer<Pick<StoreInfo, 'driver' | 'graphRoot'>>,
  called = '',
): readonly DoctorLine[] {
  // That there is no podman is said.
  if (program('podman') === undefined) return [];
  if (!store.ok) {
    if (!isRoot || store.code === null) return [unseen('store', store.message, isRoot ? store : asRoot)];
    return [bad('store', store.message, store, store.code)];
  }
  const { driver, graphRoot } = store.value;
  const where = `${called}${driver} in ${printable(graphRoot)}`;
  // What root's services run is in the store of root.
  if (!isRoot)
    return [unseen('store', `${where} is that of this user; the one of root was not seen`, asRoot)];
  const { kind, ...at } = worker(graphRoot);
  if (kind !== 'busy') return [good('store', where)];
  const { holder = null } = 'holder' in at ? at : {};
  const who =
    holder === null ? 'another bound-images' : `process ${holder.pid}, “${printable(holder.command)}”,`;
  return [
    warn('store', `${where}: ${who} works on it`, 'wait for it; other runs end with status 75 meanwhile'),
  ];
}

/** The same of bootc's own store. */
export function bootcStoreLines(
  ports: Pick<DoctorPorts, 'isRoot' | 'program'>,
  store: Answer<Pick<StoreInfo, 'driver' | 'graphRoot'> & { readonly worker: StoreWorker }>,
): readonly DoctorLine[] {
  const worker = () => (store.ok ? store.value.worker : ({ kind: 'none' } as const));
  return storeLines({ ...ports, worker }, store, 'for what bootc pulls, ');
}

/** So much more than has to stay free is little. */
const little = 8;

/** Room for layers, for what podman has in between, and for receipts. */
export function diskLines(
  ports: Pick<DoctorPorts, 'isRoot' | 'space' | 'temporary' | 'stateDirectory' | 'isWritable'>,
  { minFree }: Pick<DoctorInput, 'minFree'>,
  graphRoot: string | undefined,
): readonly DoctorLine[] {
  const { isRoot, stateDirectory } = ports;
  const directories = [
    ...(graphRoot === undefined ? [] : [{ name: 'the store', path: graphRoot }]),
    { name: 'temporary files', path: ports.temporary },
  ];
  const room = directories.map(({ name, path }) => roomLine(ports, minFree, name, path));
  if (ports.isWritable(stateDirectory)) return room;
  const message = `${stateDirectory} cannot be written, and receipts are to lie there`;
  const state = isRoot
    ? bad(
        'disk',
        message,
        { hint: 'make it writable, or name another', reason: { kind: 'state-directory' } },
        'state',
      )
    : unseen('disk', message, asRoot);
  return [...room, state];
}

function roomLine(
  { space }: Pick<DoctorPorts, 'space'>,
  minFree: number,
  name: string,
  path: string,
): DoctorLine {
  const { freeBytes, freeInodes } = space(path);
  const free = `${formatBytes(freeBytes)} free for ${name}, ${printable(path)}`;
  const hint =
    name === 'the store' ? noRoomInStore : 'make room there, or set TMPDIR to a directory with room';
  if (freeBytes < minFree)
    return bad('disk', `${free}, and ${formatSize(minFree)} are to stay free`, hint, 'store');
  if (freeInodes === 0)
    return bad('disk', `no inodes are free for ${name}, ${printable(path)}`, hint, 'store');
  return freeBytes < little * minFree ? warn('disk', free, hint) : good('disk', free);
}

/** How this host was booted, and what is about to be. */
export function deploymentLines(
  { isRoot }: Pick<DoctorPorts, 'isRoot'>,
  host: Answer<(Pick<DeploymentHost, 'kind'> & { readonly deployments: readonly Deployment[] }) | undefined>,
): readonly DoctorLine[] {
  if (!host.ok) {
    if (!isRoot || host.code === null) return [unseen('deployments', host.message, isRoot ? host : asRoot)];
    return [bad('deployments', host.message, host, host.code)];
  }
  if (host.value === undefined) {
    const advice = {
      hint: 'pull works on a mounted root, without one',
      reason: { kind: 'not-ostree' },
    } as const;
    return [bad('deployments', 'this machine was not booted by ostree', advice, 'unsupported-host')];
  }
  const { kind, deployments } = host.value;
  const booted = deployments.find((each) => each.booted)?.id ?? 'unknown';
  const staged = deployments.find((each) => each.staged);
  return [
    good('deployments', `${kind}, booted into ${printable(booted)}, one of ${deployments.length}`),
    ...(staged === undefined ? [] : [stagedLine(staged)]),
    ...deployments
      .filter((each) => isPrepared(each) && !each.staged)
      .map(({ id }) => good('deployments', `${printable(id)} is what the next soft reboot starts`)),
  ];
}

function stagedLine(deployment: Deployment): DoctorLine {
  const { id, heldBy } = deployment;
  const name = printable(id);
  switch (heldBy) {
    case 'ours':
      return warn(
        'deployments',
        `${name} is staged, and held by bound-images: not all of its images are there`,
        { hint: 'complete it', reason: { kind: 'staged-incomplete' } },
      );
    case 'theirs':
      return warn(
        'deployments',
        `${name} is staged, and held by someone else`,
        'it boots once they release it',
      );
    case null:
      return good(
        'deployments',
        `${name} is staged, and boots next${isPrepared(deployment) ? ', also by a soft reboot' : ''}`,
      );
  }
}

/** A clock that is wrong makes certificates and tokens seem so. */
export function clockLines(isSynchronized: boolean | undefined): readonly DoctorLine[] {
  if (isSynchronized === undefined)
    return [unseen('clock', 'whether the clock is synchronized is not known', 'see what “timedatectl” says')];
  if (isSynchronized) return [good('clock', 'synchronized')];
  return [
    warn(
      'clock',
      'not synchronized: if it is wrong, no certificate of a registry is valid',
      'switch it on with “timedatectl set-ntp true”, or see why there is no answer',
    ),
  ];
}

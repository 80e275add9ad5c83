import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { BoundImagesError } from '../model/error.js';
import type { Observe } from '../model/events.js';
import { extensionDirectories } from '../model/extension.js';
import type { PayloadStore } from '../state/payloads.js';
import { errnoCode, errnoReason } from '../text/errno.js';
import { printable } from '../text/printable.js';
import { noteOf } from './telling.js';

export interface LinkPayloadsPorts {
  /** The ID of the deployment that is running; `undefined` where there is none. */
  readonly bootedDeployment: () => string | undefined;
  readonly payloads: Pick<PayloadStore, 'read'>;
  /** `/run`. */
  readonly run: string;
  readonly observe: Observe;
}

export interface PayloadLink {
  readonly path: string;
  /** `kept`: something of that name is there, which is not ours. */
  readonly state: 'linked' | 'kept';
}

export interface LinkPayloadsResult {
  /** That is running; null: none of ostree’s. */
  readonly deployment: string | null;
  /** Where its payloads are; null: it has none. */
  readonly directory: string | null;
  readonly links: readonly PayloadLink[];
}

/**
 * Links the payloads of the deployment that is running to where the system looks for them: all of them to
 * `bound-images/payloads` in /run, extensions to where systemd-sysext and systemd-confext find them (systemd-sysext(8)).
 * Links that an earlier boot has left there go. Nothing is executed, and no daemon is asked.
 *
 * @throws BoundImagesError `state` when it is not known which payloads there are, or a link cannot be made
 */
export function linkPayloads({
  bootedDeployment,
  payloads,
  run,
  observe,
}: LinkPayloadsPorts): LinkPayloadsResult {
  const top = join(run, 'bound-images', 'payloads');
  const deployment = bootedDeployment();
  const stored = deployment === undefined ? undefined : payloads.read(deployment);
  if (stored?.record.kind === 'damaged') {
    const { message, file } = stored.record.damage;
    throw new BoundImagesError('state', `the payloads of ${deployment} are not linked: ${message}`, {
      hint: `boot another deployment and stage this one anew; ${printable(file)} is kept`,
    });
  }
  const recorded = stored?.record.kind === 'read' ? stored.record.value.payloads : [];
  const directory = stored === undefined || recorded.length === 0 ? null : stored.directory;
  const wanted = new Set(
    recorded.flatMap(({ as }) => {
      const [kind = '', name] = as.split('/', 2);
      return name !== undefined && extensionDirectories.includes(kind) ? [join(kind, name)] : [];
    }),
  );
  return changing(run, () => {
    forgetOthers(run, top, wanted);
    if (directory === null) {
      if (isLink(top)) rmSync(top);
      return { deployment: deployment ?? null, directory, links: [] };
    }
    const warn = noteOf(observe, 'warning');
    const links: PayloadLink[] = [];
    const link = (path: string, target: string, isOurs: (target: string) => boolean) => {
      const state = placeLink(path, target, isOurs);
      if (state === 'kept') warn(`warning: ${printable(path)} is there already, and stays as it is`);
      links.push({ path, state });
    };
    link(top, directory, () => true);
    const isOurs = links.every(({ state }) => state === 'linked');
    for (const name of isOurs ? [...wanted].sort() : []) {
      if (existsSync(join(directory, name)))
        link(join(run, name), join(top, name), (target) => target.startsWith(`${top}/`));
      else warn(`warning: ${printable(join(directory, name))} is missing, and is not linked`);
    }
    return { deployment: deployment ?? null, directory, links };
  });
}

/** Removes links of ours, which a soft reboot leaves, to what the deployment does not have. */
function forgetOthers(run: string, top: string, wanted: ReadonlySet<string>): void {
  for (const kind of extensionDirectories) {
    const directory = join(run, kind);
    for (const name of existsSync(directory) ? readdirSync(directory) : []) {
      const path = join(directory, name);
      if (isLink(path) && readlinkSync(path).startsWith(`${top}/`) && !wanted.has(join(kind, name)))
        rmSync(path);
    }
  }
}

function placeLink(path: string, target: string, isOurs: (target: string) => boolean): PayloadLink['state'] {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined && !(there.isSymbolicLink() && isOurs(readlinkSync(path)))) return 'kept';
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const temporary = join(dirname(path), `.bound-images-${process.pid}`);
  symlinkSync(target, temporary);
  renameSync(temporary, path);
  return 'linked';
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** @throws BoundImagesError `state` for what a system call says. */
function changing<T>(run: string, change: () => T): T {
  try {
    return change();
  } catch (error) {
    if (errnoCode(error) === undefined) throw error;
    throw new BoundImagesError('state', `links in ${printable(run)} cannot be made: ${errnoReason(error)}`, {
      hint: 'run it as root',
      cause: error,
    });
  }
}

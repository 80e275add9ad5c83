import { setTimeout as sleep } from 'node:timers/promises';
import { outputOf } from './bound-host.js';
import type { ExecResult } from './exec.js';
import { type KillSubject, newKillSubject } from './kill-subject.js';
import { killTree } from './kill-tree.js';
import { listedLayers } from './listed-layers.js';
import { randomFraction } from './random-fraction.js';
import type { Cleanup } from './temp.js';
import { blobTraffic } from './traffic.js';
import type { PodmanVersion } from './unpacked-podman.js';

export type KillPlan = {
  readonly podman: PodmanVersion;
  /** How often a run is killed, over all rounds. */
  readonly moments: number;
  /** The same seed gives the same rounds and moments. */
  readonly seed: number;
};

/** Runs on one store that were killed, one after the other, and the one after them. */
export type KillRound = {
  readonly kills: readonly Kill[];
  readonly lastRunMs: number;
  /** What did not hold; nothing when all is well. */
  readonly problems: readonly string[];
  /** Paths of podman's own that it left in its store, of some kilobytes, and that none of its commands removes. */
  readonly strays: readonly string[];
};

/** A kill so long after the start of its run, and what it left in the store. */
export type Kill = {
  readonly afterMs: number;
  /** Complete layers. */
  readonly committed: number;
  /** Layers that podman was unpacking. */
  readonly incomplete: number;
};

/** Rounds have 2, 3, 1, 2, 3, 1 … kills. */
const killsOfRound = (round: number) => 1 + (round % 3);

/**
 * What a podman that is killed leaves in its store for good: lists and tar-split files that it has not renamed yet
 * (go.podman.io/storage pkg/ioutils/fswriters.go), and the link to a layer that it has not noted yet as the layer's
 * (drivers/overlay/overlay.go, `create`).
 */
const strayPattern = /\/\.tmp-[^/]+$|\/overlay\/l\/[A-Z\d]{26}$/;

/**
 * Kills pulls of images that share layers, with all their processes, at random moments of their time, and looks
 * at what the next run makes of it. All rounds have the same store, which loses its images between them.
 */
export async function* killRounds(plan: KillPlan, cleanup: Cleanup): AsyncGenerator<KillRound> {
  const subject = await newKillSubject(plan.podman, cleanup);
  const fraction = (name: string) => randomFraction(plan.seed, name);
  for (let round = 1, killed = 0; killed < plan.moments; round += 1) {
    const count = Math.min(killsOfRound(round), plan.moments - killed);
    const moments = Array.from({ length: count }, (_, n) => fraction(`${round}.${n}`) * subject.runMs);
    const done = await killRound(subject, moments);
    killed += done.kills.length;
    yield done;
  }
}

async function killRound(subject: KillSubject, moments: readonly number[]): Promise<KillRound> {
  const { host } = subject;
  const kills: Kill[] = [];
  const problems: string[] = [];
  const committed = new Set<string>();
  const runFor = async (limitMs: number | undefined): Promise<ExecResult | undefined> => {
    const { ended, fetched } = await run(subject, limitMs);
    const again = fetched.filter((digest) => committed.has(digest));
    if (again.length > 0) problems.push(`run ${kills.length + 1} fetched again: ${again.join(', ')}`);
    return ended;
  };

  let last: ExecResult | undefined;
  for (const afterMs of moments) {
    last = await runFor(afterMs);
    // With most of it in the store already, a run can be over before its moment.
    if (last !== undefined) break;
    const layers = await listedLayers(host.store.root);
    for (const digest of layers.committed) committed.add(digest);
    kills.push({
      afterMs: Math.round(afterMs),
      committed: layers.committed.length,
      incomplete: layers.incomplete,
    });
  }
  last ??= await runFor(undefined);

  if (last?.exitCode !== 0) problems.push(`the last run did not complete: ${last && outputOf(last)}`);
  const leftovers = await host.leftovers();
  if (leftovers.length > 0) problems.push(`temporary files remain: ${leftovers.join(', ')}`);
  problems.push(...(await subject.examine()));
  const paths = await subject.empty();
  const strays = paths.filter((path) => strayPattern.test(path));
  const others = paths.filter((path) => !strays.includes(path));
  if (others.length > 0) problems.push(`without images, the store still has ${others.join(', ')}`);
  return { kills, lastRunMs: Math.round(last?.durationMs ?? 0), problems, strays };
}

/** Runs the program to its end, or kills it after `limitMs`; `fetched` are the digests of the blobs it asked for. */
async function run({ host, proxy }: KillSubject, limitMs: number | undefined) {
  proxy.forget();
  const live = host.startPull();
  const limit = limitMs === undefined ? [] : [sleep(limitMs)];
  const ended = await Promise.race([live.finished, ...limit]);
  if (ended === undefined) await killTree(live);
  return { ended: ended ?? undefined, fetched: [...blobTraffic(proxy.requests()).keys()] };
}

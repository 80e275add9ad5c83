import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropIn } from './entries.js';
import { newImageSource } from './image-source.js';
import { pushSharedLayers } from './kill-images.js';
import { newOstreeHost, type OstreeHost } from './ostree-host.js';
import { randomFraction } from './random-fraction.js';
import { stageCommand } from './run-stage.js';
import type { Cleanup } from './temp.js';
import { waitUntil } from './wait-until.js';

/**
 * How a deployment comes to be held. `locked-first`: it was staged so, and a command ends that; a run can be killed
 * at any moment. `watched`: `stage` holds it; a run is killed when it does, for until then nothing is held.
 */
export type StageFlow = 'locked-first' | 'watched';

/** An upgrade whose `stage` was killed, with a shutdown and a boot at once, and the run after it. */
export interface StageKillRound {
  readonly flow: StageFlow;
  /** Since the start or, where it is watched, since the hold; undefined: the run was over before its moment. */
  readonly killedAfterMs: number | undefined;
  readonly booted: 'old' | 'new' | 'another';
  /** How many of the new deployment's images were whole after that boot, of how many. */
  readonly whole: number;
  readonly images: number;
  /** What did not hold; nothing when all is well. */
  readonly problems: readonly string[];
}

export interface StageKillPlan {
  /** How many runs are killed. */
  readonly moments: number;
  /** The same seed gives the same moments. */
  readonly seed: number;
}

interface Subject {
  readonly host: OstreeHost;
  /** Bound by every deployment, and in the store from the first. */
  readonly old: string;
  /** Bound by each new deployment. */
  readonly references: readonly string[];
  /** How long a run takes from its start, or from the hold. */
  readonly runMs: Readonly<Record<StageFlow, number>>;
}

/** A pull takes some seconds: half of them for blobs, half for what comes before, between and after. */
const bytesPerSecond = 1.5 * 1024 * 1024;

const unlock = ['ostree', 'admin', 'lock-finalization', '--unlock'];

/** Kills `bound-images stage` at random moments, in turn in the one and the other flow. */
export async function* stageKillRounds(
  { moments, seed }: StageKillPlan,
  cleanup: Cleanup,
): AsyncGenerator<StageKillRound> {
  const subject = await newSubject(cleanup);
  for (let round = 1, killed = 0; killed < moments; round += 1) {
    const flow: StageFlow = round % 2 === 1 ? 'locked-first' : 'watched';
    const done = await killRound(subject, flow, randomFraction(seed, `${round}`) * subject.runMs[flow]);
    if (done.killedAfterMs !== undefined) killed += 1;
    yield done;
  }
}

/** Makes a host, and completes a deployment undisturbed in each flow, to know how long that takes. */
async function newSubject(cleanup: Cleanup): Promise<Subject> {
  const source = await newImageSource(cleanup);
  const [old, references] = [(await source.push('team/old:1')).pinned, await pushSharedLayers(source)];
  const host = await newOstreeHost(cleanup, { tree: dropIn('apps', [old]) });
  await host.runOk(['bound-images', 'pull', '--quiet', '--progress', 'none']);
  source.proxy.throttle(bytesPerSecond);
  const undisturbed = { host, old, references, runMs: { 'locked-first': Infinity, watched: Infinity } };
  const time = async (flow: StageFlow) => {
    await empty(undisturbed);
    await host.stage(await newCommit(undisturbed), { locked: flow === 'locked-first' });
    return (await runFor(undisturbed, flow)).ranMs;
  };
  return {
    ...undisturbed,
    runMs: { 'locked-first': await time('locked-first'), watched: await time('watched') },
  };
}

function newCommit({ host, old, references }: Subject): Promise<string> {
  return host.commit(dropIn('apps', [old, ...references]));
}

async function empty({ host, references }: Subject): Promise<void> {
  await host.runOk(['podman', 'image', 'rm', '--force', '--ignore', '--', ...references]);
}

async function killRound(subject: Subject, flow: StageFlow, limitMs: number): Promise<StageKillRound> {
  const { host, old, references } = subject;
  const problems: string[] = [];
  const before = host.booted();
  await empty(subject);
  const checksum = await newCommit(subject);
  const options = { locked: flow === 'locked-first' };

  await host.stage(checksum, options);
  const { isKilled, ranMs } = await runFor(subject, flow, limitMs);
  await host.finalize();
  const after = await host.reboot();
  const booted = after.checksum === checksum ? 'new' : after.root === before.root ? 'old' : 'another';
  const broken = await notWhole(host, references);
  if (booted === 'another') problems.push(`it booted ${after.root}`);
  if (booted === 'new') problems.push(...broken.map((reference) => `the new deployment lacks ${reference}`));
  const lost = await notWhole(host, [old]);
  problems.push(...lost.map((reference) => `${reference} is lost`));

  if (booted === 'old') {
    await host.stage(checksum, options);
    const { ended } = await runFor(subject, flow);
    if (ended?.exitCode !== 0)
      problems.push(`the next run did not complete: ${ended?.stdout}${ended?.stderr}`);
    await host.finalize();
    if ((await host.reboot()).checksum !== checksum) problems.push('the next run made nothing bootable');
    const missing = await notWhole(host, [old, ...references]);
    problems.push(...missing.map((reference) => `after the next run, the new deployment lacks ${reference}`));
  }
  return {
    flow,
    killedAfterMs: isKilled ? Math.round(ranMs) : undefined,
    booted,
    whole: references.length - broken.length,
    images: references.length,
    problems,
  };
}

/** Runs `stage` to its end, or kills it after `limitMs`. */
async function runFor({ host }: Subject, flow: StageFlow, limitMs?: number) {
  const lockFile = host.path('/run/ostree/staged-deployment-locked');
  const live = host.start([...stageCommand, ...(flow === 'locked-first' ? ['--', ...unlock] : [])]);
  let hasEnded = false;
  const finished = live.finished.finally(() => {
    hasEnded = true;
  });
  if (flow === 'watched') await waitUntil('it is held', () => hasEnded || existsSync(lockFile));
  const startedAt = performance.now();
  const limit = limitMs === undefined ? [] : [sleep(limitMs, undefined)];
  const ended = await Promise.race([finished, ...limit]);
  if (ended === undefined) live.kill('SIGKILL');
  const ranMs = performance.now() - startedAt;
  await finished;
  return { ended, isKilled: ended === undefined, ranMs };
}

/** Those of the references whose image podman cannot give out whole: that reads every layer and its digests. */
async function notWhole(host: OstreeHost, references: readonly string[]): Promise<readonly string[]> {
  const script = 'for name; do podman save --quiet -- "$name" >/dev/null 2>&1 || echo "$name"; done';
  const stdout = await host.runOk(['unshare', '--net', 'sh', '-c', script, 'sh', ...references]);
  return stdout.split('\n').slice(0, -1);
}

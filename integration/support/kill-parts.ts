import { newBoundHost, outputOf } from './bound-host.js';
import { dropIn } from './entries.js';
import { newImageSource } from './image-source.js';
import { killTree } from './kill-tree.js';
import { randomFraction } from './random-fraction.js';
import type { Cleanup } from './temp.js';
import { totalBytes } from './traffic.js';
import { waitUntil } from './wait-until.js';

export type KilledLayer = {
  /** Bytes of all answers of all runs, over those of the layer. */
  readonly ratio: number;
  readonly kills: number;
  /** What did not hold. */
  readonly problems: readonly string[];
};

/** Kills pulls of one large layer, each after the one before, when so much more of it has come. */
export async function killWithinLayer(
  {
    sizeBytes,
    bytesPerSecond,
    kills,
    seed,
  }: {
    readonly sizeBytes: number;
    readonly bytesPerSecond: number;
    readonly kills: number;
    readonly seed: number;
  },
  cleanup: Cleanup,
): Promise<KilledLayer> {
  const { proxy, push } = await newImageSource(cleanup);
  const image = await push('large/layer:1', { sizeBytes });
  const host = await newBoundHost(cleanup, { newRoot: dropIn('apps', [image.pinned]) });
  proxy.throttle(bytesPerSecond);
  const fractions = Array.from({ length: kills }, (_, n) => randomFraction(seed, `kill ${n}`) * 0.98);
  let killed = 0;
  for (const fraction of fractions.toSorted((a, b) => a - b)) {
    const live = host.startPull();
    await waitUntil(
      'so much of the layer has come',
      () => totalBytes(proxy.requests()) >= fraction * sizeBytes,
    );
    // At once: who is only stopped still has its socket, into which some megabytes go.
    live.kill('SIGKILL');
    await killTree(live);
    killed += 1;
  }
  const last = await host.startPull().finished;
  const problems = last.exitCode === 0 ? [] : [`the last run did not complete: ${outputOf(last)}`];
  if (last.exitCode === 0 && !(await host.stored()).includes(image.pinned))
    problems.push('it is not in the store');
  const deep = await host.pull('--verify', 'deep');
  if (deep.report?.images[0]?.state !== 'present') problems.push(`it is damaged: ${outputOf(deep)}`);
  return { ratio: totalBytes(proxy.requests()) / sizeBytes, kills: killed, problems };
}

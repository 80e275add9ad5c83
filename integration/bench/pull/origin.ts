import { startFaultProxy } from '../../support/fault-proxy.js';
import type { Link } from '../../support/link.js';
import { startRegistry } from '../../support/registry.js';
import type { Cleanup } from '../../support/temp.js';
import { startUnreliableProxy } from '../../support/unreliable-proxy.js';
import type { Scenario } from './scenario.js';

/** A registry as contenders meet it. */
export type Origin = {
  /** `HOST:PORT` of the registry itself, for pushing. */
  readonly registry: string;
  /** `HOST:PORT` behind the link, with the scenario's delays and faults in front. */
  readonly host: string;
  /** Every contender of a round meets the same sequence of 503s. */
  readonly reseed: (round: number) => void;
};

/** Starts a registry behind the link, the scenario's own one unless `slowBytesPerSecond` is given. */
export async function startOrigin(
  cleanup: Cleanup,
  link: Link,
  { latencyMs, unavailable }: Scenario,
  slowBytesPerSecond?: number,
): Promise<Origin> {
  const registry = await cleanup.use(startRegistry());
  let front = registry.host;
  if (latencyMs !== undefined) {
    const proxy = await cleanup.use(startFaultProxy({ target: `http://${front}` }));
    proxy.addFault({ path: /^/, action: { kind: 'delay', ms: latencyMs } });
    front = proxy.host;
  }
  let reseed: Origin['reseed'] = () => undefined;
  if (unavailable !== undefined) {
    const proxy = await cleanup.use(startUnreliableProxy(`http://${front}`, unavailable));
    front = proxy.host;
    reseed = proxy.reseed;
  }
  return { registry: registry.host, host: await link.limit(front, slowBytesPerSecond), reseed };
}

import { writeFile } from 'node:fs/promises';
import { exec, execOk } from './exec.js';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import { isInOwnNetwork } from './own-network.js';
import { findProgram } from './programs.js';
import { newCleanup } from './temp.js';
import { totalBytes } from './traffic.js';

const device = ['dev', 'lo'];

/** A link of limited bandwidth between servers on 127.0.0.1 and their clients. */
export type Link = {
  /** `kernel`: a token bucket, and bytes with their TCP and IP headers. `proxy`: a limit for each server, and
   * bytes of bodies. */
  readonly kind: 'kernel' | 'proxy';
  readonly bytesPerSecond: number;
  /** Puts the server at `HOST:PORT` behind the link, which it shares with the others, and returns the
   * `HOST:PORT` for clients; `bytesPerSecond` is a lower limit of its own. */
  readonly limit: (server: string, bytesPerSecond?: number) => Promise<string>;
  /** What clients have been sent so far. */
  readonly sentBytes: () => Promise<number>;
  readonly stop: () => Promise<void>;
};

/** Starts a link: of the kernel in a network namespace of our own that can have one, of proxies elsewhere. */
export async function startLink(bytesPerSecond: number): Promise<Link> {
  const tc = isInOwnNetwork() ? await findProgram('tc').catch(() => undefined) : undefined;
  const usesKernel = tc !== undefined && (await canLimit(tc));
  return usesKernel ? startKernelLink(tc, bytesPerSecond) : startProxyLink(bytesPerSecond);
}

/** Whether the kernel has what the link is made of. */
async function canLimit(tc: string): Promise<boolean> {
  const added = await exec(tc, ['qdisc', 'add', ...device, 'root', 'handle', '1:', 'htb']);
  if (added.exitCode !== 0) return false;
  const filtered = await exec(tc, filter('1', 1));
  await execOk(tc, ['qdisc', 'delete', ...device, 'root']);
  return filtered.exitCode === 0;
}

/** Arguments that put what comes from a port into a bucket. */
function filter(port: string, bucket: number): readonly string[] {
  const match = ['match', 'ip', 'sport', port, '0xffff', 'flowid', handle(bucket)];
  return ['filter', 'add', ...device, 'parent', '1:', 'protocol', 'ip', 'u32', ...match];
}

function handle(bucket: number): string {
  return `1:${bucket.toString(16)}`;
}

// Larger than a packet of the loopback, whose MTU is 64 KiB.
const burst = ['burst', '128k', 'cburst', '128k', 'quantum', '65536'];

/**
 * A tree of token buckets (tc-htb(8)) on the loopback, and a filter for what comes from the servers. Unlike
 * tc-tbf(8) it lets all else pass: requests, and what goes from a registry to a proxy in front of it.
 */
async function startKernelLink(program: string, bytesPerSecond: number): Promise<Link> {
  const tc = (...args: readonly string[]) => execOk(program, args);
  const bucket = (parent: string, id: number, rate: number, ceiling: number) =>
    tc(
      ...['class', 'add', ...device, 'parent', parent, 'classid', handle(id), 'htb'],
      ...['rate', `${Math.round(rate * 8)}bit`, 'ceil', `${Math.round(ceiling * 8)}bit`, ...burst],
    );
  // To TCP what waits in the bucket looks lost, and its probe sends it again: tcp_early_retrans in ip-sysctl.
  await writeFile('/proc/sys/net/ipv4/tcp_early_retrans', '0');
  await tc('qdisc', 'add', ...device, 'root', 'handle', '1:', 'htb');
  await bucket('1:', 1, bytesPerSecond, bytesPerSecond);
  let servers = 0;
  return {
    kind: 'kernel',
    bytesPerSecond,
    limit: async (server, own) => {
      servers += 1;
      const id = 1 + servers;
      // A bucket may always send its rate, so the rates together stay below the link's.
      await bucket('1:1', id, own ?? bytesPerSecond / 10, own ?? bytesPerSecond);
      const port = server.slice(server.lastIndexOf(':') + 1);
      await tc(...filter(port, id));
      return server;
    },
    sentBytes: async () => {
      const statistics = await tc('-s', 'class', 'show', ...device);
      const sent = /class htb 1:1 root [\s\S]*?Sent (\d+) bytes/.exec(statistics)?.[1];
      if (sent === undefined) throw new Error(`tc shows no bytes of the link:\n${statistics}`);
      return Number(sent);
    },
    stop: async () => {
      await tc('qdisc', 'delete', ...device, 'root');
    },
  };
}

function startProxyLink(bytesPerSecond: number): Link {
  const cleanup = newCleanup();
  const proxies: FaultProxy[] = [];
  return {
    kind: 'proxy',
    bytesPerSecond,
    limit: async (server, own = bytesPerSecond) => {
      const target = `http://${server}`;
      const proxy = await cleanup.use(startFaultProxy({ target, bytesPerSecond: own }));
      proxies.push(proxy);
      return proxy.host;
    },
    sentBytes: async () => proxies.reduce((sum, proxy) => sum + totalBytes(proxy.requests()), 0),
    stop: cleanup.run,
  };
}

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errnoCode } from '../../text/errno.js';

export const loopback = '127.0.0.1';

/** Below it are those that somebody may wait for in vain. */
const firstPort = 512;
/** Services that have a name. Source: IANA, “Service Name and Transport Protocol Port Number Registry”. */
const namedPorts: ReadonlySet<number> = new Set([
  512, 513, 514, 515, 520, 521, 525, 530, 531, 532, 538, 540, 543, 544, 546, 547, 548, 554, 556, 563, 587,
  591, 593, 601, 623, 631, 636, 639, 646, 647, 648, 657, 660, 666, 674, 688, 690, 691, 694, 695, 698, 700,
  701, 702, 706, 711, 712, 749, 750, 751, 752, 753, 754, 760, 775, 782, 783, 808, 829, 830, 831, 832, 833,
  843, 847, 848, 853, 860, 861, 862, 871, 873, 888, 901, 902, 903, 911, 953, 981, 987, 989, 990, 991, 992,
  993, 994, 995, 1010,
]);
const mostAttempts = 64;

/**
 * Listens on loopback, on a port that only privileged processes can take over once we are gone, where there is one.
 *
 * @returns the port, and whether it is such a one
 * @throws the error of the system call when there is none at all
 */
export async function listenOnLoopback(
  server: Server,
  privileged: readonly number[] = privilegedPorts(),
): Promise<{ readonly port: number; readonly isPrivileged: boolean }> {
  const untried = [...privileged];
  for (let attempt = 0; attempt < mostAttempts && untried.length > 0; attempt += 1) {
    const [port = 0] = untried.splice(randomInt(untried.length), 1);
    try {
      return { port: await listen(server, port), isPrivileged: true };
    } catch (error) {
      if (errnoCode(error) !== 'EADDRINUSE') break;
    }
  }
  return { port: await listen(server, 0), isPrivileged: false };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen({ host: loopback, port, exclusive: true });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Those that other users cannot listen on (ip-sysctl, `ip_unprivileged_port_start`). */
export function privilegedPorts(): readonly number[] {
  let start: number;
  try {
    start = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  } catch {
    return [];
  }
  const ports: number[] = [];
  for (let port = firstPort; port < Math.min(start, 1024); port += 1) {
    if (!namedPorts.has(port)) ports.push(port);
  }
  return ports;
}

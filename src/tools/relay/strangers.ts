import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';

/** So many connections more than after the last look make it worth a look whose they are. */
const crowd = 64;

/** What is known of whoever connects. */
export interface Peer {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  resetAndDestroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/**
 * Keeps other users of this machine from taking all connections: where there are many, theirs are closed. Whose one is
 * costs a look at all connections of the machine, so few are let be; what they hear is nothing.
 *
 * @param ownTable reads /proc/net/tcp, or fails
 */
export function newDoorkeeper(
  uid: number | undefined = process.geteuid?.(),
  ownTable: () => string = () => readFileSync('/proc/net/tcp', 'latin1'),
): (peer: Peer) => void {
  const open = new Set<Peer>();
  let kept = 0;
  return (peer) => {
    open.add(peer);
    peer.once('close', () => open.delete(peer));
    if (uid === undefined || open.size < kept + crowd) return;
    const owners = tableOf(ownTable);
    for (const each of open) {
      const owner = owners.get(endOf(each));
      if (owner === undefined || owner === uid) continue;
      open.delete(each);
      // Without a rest that waits, of which there would soon be one for each port.
      each.resetAndDestroy();
    }
    kept = open.size;
  };
}

function tableOf(ownTable: () => string): ReadonlyMap<string, number> {
  try {
    return ownersOf(ownTable());
  } catch {
    return new Map();
  }
}

/** The user of each connection, by its own end as the table has it. Source: proc_pid_net(5), /proc/net/tcp. */
export function ownersOf(table: string): ReadonlyMap<string, number> {
  const rows = table.matchAll(
    /^ *\d+: ([\dA-F]{8}:[\dA-F]{4}) [\dA-F]{8}:[\dA-F]{4} 01 \S+ \S+ \S+ +(\d+) /gm,
  );
  return new Map([...rows].map(([, end = '', uid]) => [end, Number(uid)]));
}

/** An address and a port as the table has them: the address as the machine has it in memory. */
function endOf({ remoteAddress = '', remotePort = 0 }: Peer): string {
  const bytes = remoteAddress.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  const address = (endianness() === 'LE' ? bytes.reverse() : bytes).join('');
  return `${address}:${remotePort.toString(16).padStart(4, '0')}`.toUpperCase();
}

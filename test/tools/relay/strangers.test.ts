import { endianness } from 'node:os';
import { expect, test } from 'vitest';
import { newDoorkeeper, ownersOf, type Peer } from '../../../src/tools/relay/strangers.js';

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const loopback = endianness() === 'LE' ? '0100007F' : '7F000001';

function row(at: number, port: number, uid: number, state = '01'): string {
  const hex = port.toString(16).padStart(4, '0').toUpperCase();
  const end = `${loopback}:${hex} ${loopback}:0208`;
  return `${String(at).padStart(4)}: ${end} ${state} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 5 1 0 20`;
}

test('the table says whose a connection is', () => {
  const table = [head, row(0, 40_000, 65_534), row(1, 40_001, 0), row(2, 520, 0, '0A'), 'x', ''].join('\n');
  expect([...ownersOf(table)]).toEqual([
    [`${loopback}:9C40`, 65_534],
    [`${loopback}:9C41`, 0],
  ]);
});

interface TestPeer extends Peer {
  readonly isDestroyed: () => boolean;
  readonly end: () => void;
}

function newPeer(remotePort: number): TestPeer {
  let isDestroyed = false;
  let onClose = () => {};
  const peer = {
    remoteAddress: '127.0.0.1',
    remotePort,
    resetAndDestroy: () => {
      isDestroyed = true;
      onClose();
      return undefined;
    },
    once: (_: string, listener: () => void) => {
      onClose = listener;
      return undefined;
    },
    isDestroyed: () => isDestroyed,
    end: () => onClose(),
  };
  return peer;
}

test('of many connections those of others are closed, and few are not looked at', () => {
  let looks = 0;
  const table = () => {
    looks += 1;
    return [
      head,
      ...Array.from({ length: 1000 }, (_, at) => row(at, 40_000 + at, at % 2 === 0 ? 65_534 : 0)),
    ].join('\n');
  };
  const admit = newDoorkeeper(0, table);
  const peers = Array.from({ length: 1000 }, (_, at) => newPeer(40_000 + at));
  for (const peer of peers.slice(0, 60)) admit(peer);
  expect(looks).toBe(0);
  for (const peer of peers.slice(60)) admit(peer);
  expect(peers.filter(({ isDestroyed }, at) => isDestroyed() && at % 2 === 1)).toEqual([]);
  expect(peers.filter(({ isDestroyed }, at) => !isDestroyed() && at % 2 === 0).length).toBeLessThan(64);
  expect(looks).toBeLessThan(1000 / 32);
});

test('many one after the other are no crowd', () => {
  const admit = newDoorkeeper(0, () => {
    throw new Error('nobody looks');
  });
  for (let at = 0; at < 1000; at += 1) {
    const peer = newPeer(at);
    admit(peer);
    peer.end();
  }
});

test.each<readonly [string, number | undefined, () => string]>([
  [
    'a table that cannot be read',
    0,
    () => {
      throw new Error('EACCES');
    },
  ],
  ['a table that does not have them', 0, () => head],
  ['a system without users', undefined, () => head],
])('nobody is turned away by %s', (_, uid, table) => {
  const admit = newDoorkeeper(uid, table);
  const peers = Array.from({ length: 200 }, (__, at) => newPeer(at));
  for (const peer of peers) admit(peer);
  expect(peers.some(({ isDestroyed }) => isDestroyed())).toBe(false);
});

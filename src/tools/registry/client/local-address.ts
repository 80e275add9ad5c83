import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** This machine, and what only its link knows, where clouds serve secrets. */
const local = new BlockList();
local.addSubnet('127.0.0.0', 8);
local.addSubnet('169.254.0.0', 16);
local.addSubnet('0.0.0.0', 8);
local.addAddress('::1', 'ipv6');
local.addAddress('::', 'ipv6');
local.addSubnet('fe80::', 10, 'ipv6');

/** Whether an address of IP, with or without brackets, is of this machine or its link. */
export function isLocalAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$|%.*$/g, '').replace(/%.*$/, '');
  const family = isIP(bare);
  return family !== 0 && local.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}

/** Whether the host of a URL is, as far as one can see without asking for its addresses. */
export function isLocalHost(hostname: string): boolean {
  return /^(?:.+\.)?localhost\.?$/i.test(hostname) || isLocalAddress(hostname);
}

/** The code of the error when a name leads where it may not lead. */
export const localAddressCode = 'ERR_LOCAL_ADDRESS';

/** Looks names up, and finds no address of this machine or its link: what DNS says just now is what is connected to. */
export const lookupRemote: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '');
    const found = addresses.find(({ address }) => isLocalAddress(address));
    if (found !== undefined) {
      const refused = new Error(`${hostname} is ${found.address}`);
      return callback(Object.assign(refused, { code: localAddressCode }), '');
    }
    if (options.all === true) return callback(null, addresses);
    const [first] = addresses as [LookupAddress, ...LookupAddress[]];
    callback(null, first.address, first.family);
  });
};

/** Whether an address of IP, without brackets, is of this machine. */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

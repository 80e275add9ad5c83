import { readFileSync, readlinkSync } from 'node:fs';

/** Names this boot: another one has another (random(4)). */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Names the PID namespace of this process (namespaces(7)): in another one, a number is another process. */
export function pidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
}

/** The first one, from which all processes can be seen (include/linux/proc_ns.h, `PROC_PID_INIT_INO`). */
export const firstPidNamespace = '4026531836';

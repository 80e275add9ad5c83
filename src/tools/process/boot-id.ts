import { readFileSync } from 'node:fs';

/** Names this boot: another one has another (random(4)). */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

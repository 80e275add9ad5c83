import { setFlagsFromString } from 'node:v8';

/**
 * V8 lets the space for new objects grow to 48 MB in a run of minutes, of which little is ever in use. Hosts that pull
 * are small.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

import type { RelayPlaces } from '../../src/registries/relay-words.js';

export const relaySecret = '5ecre7c0ffee5ecre7c0ffee';
export const relayHost = '127.0.0.1:601';

/** A relay that gives registries their numbers in the order in which they are named. */
export function relayPlaces(): RelayPlaces {
  const known: string[] = [];
  const numberOf = (registry: string) => {
    if (!known.includes(registry)) known.push(registry);
    return known.indexOf(registry) + 1;
  };
  const address = `${relayHost}/${relaySecret}`;
  return {
    address,
    locationOf: (registry) => `${address}/r${numberOf(registry)}`,
    lookasideOf: (registry) => `http://${relayHost}/lookaside/r${numberOf(registry)}`,
  };
}

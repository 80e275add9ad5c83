import { clientRows } from './rows/client/rows.js';
import { limitRows, readerRows } from './rows/readers.js';
import { registryRows } from './rows/registries.js';
import { relayRows } from './rows/relay/rows.js';
import { emptyRows, storeRows } from './rows/stores.js';
import { attack } from './support/attack.js';

await attack('a hostile registry', async () => registryRows);
await attack('a registry that is hostile to who looks', async (version) => clientRows(version === '4.3'));
await attack('a registry or a root that is hostile to the relay', async () => relayRows);
await attack('a store or a host that is not as it should be', async () => [
  ...storeRows,
  ...emptyRows,
  ...readerRows,
  ...limitRows,
]);

import { podmanOf } from '../support/podman-suites.js';
import { archiveTransportRows } from './rows/archives.js';
import { authFileRows } from './rows/auth-files.js';
import {
  bootOnlyRows,
  disguisedRows,
  globalOptionRows,
  placeRows,
  positionalRows,
} from './rows/global-options.js';
import { exchangedRows, linkRows } from './rows/links.js';
import { moduleFileRows, moduleRows, ownConfRows } from './rows/modules.js';
import { otherWordRows, pullOptionRows, runOptionRows } from './rows/pull-options.js';
import { characterRows, frameRows, settingsRows, slowRows } from './rows/texts.js';
import { attack } from './support/attack.js';
import { optionsOf } from './support/help.js';

await attack('a hostile root', async (version) => {
  const { podman } = await podmanOf(version);
  return [
    ...globalOptionRows(await optionsOf(podman)),
    ...positionalRows,
    ...disguisedRows,
    ...bootOnlyRows,
    ...placeRows,
    ...pullOptionRows(await optionsOf(podman, 'image', 'pull')),
    ...runOptionRows,
    ...otherWordRows,
    ...moduleRows,
    ...moduleFileRows,
    ...ownConfRows,
    ...authFileRows,
    ...archiveTransportRows,
    ...linkRows,
    ...exchangedRows,
    ...characterRows,
    ...slowRows,
    ...settingsRows,
    ...frameRows,
  ];
});

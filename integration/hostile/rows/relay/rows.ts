import type { Row } from '../../row.js';
import { blobTrickRow } from './blob-trick.js';
import { blobTricks } from './blobs.js';
import { confRows } from './conf.js';
import { nameRows } from './names.js';
import { sharedRows } from './shared.js';

/** What is hostile to the relay through which podman pulls. */
export const relayRows: readonly Row[] = [
  ...blobTricks.map(blobTrickRow),
  ...sharedRows,
  ...nameRows,
  ...confRows,
];

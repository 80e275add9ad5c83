import type { Row } from '../../row.js';
import { bodyTricks } from './bodies.js';
import { certificateTricks } from './certificates.js';
import { credentialTricks } from './credentials.js';
import { trickRow } from './trick.js';

/** Registries that are hostile to who looks images up. */
export const clientRows: readonly Row[] = [...bodyTricks, ...credentialTricks, ...certificateTricks].map(
  trickRow,
);

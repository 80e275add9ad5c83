import { isLong, numberOf } from '../../../support/sample.js';
import type { Row } from '../../row.js';
import { bodyTricks } from './bodies.js';
import { certificateTricks } from './certificates.js';
import { credentialTricks } from './credentials.js';
import { trickRow } from './trick.js';

/** client.test.ts plays them all, without the program around the client. */
const oneIn = 4;

/** Registries that are hostile to who looks images up; where podman takes no part, one podman is enough. */
export function clientRows(isFirst: boolean): readonly Row[] {
  return [...bodyTricks, ...credentialTricks, ...certificateTricks]
    .filter(({ isPulled = false }) => isFirst || isPulled)
    .filter(({ name }) => isLong || numberOf(`the program: ${name}`) % oneIn === 0)
    .map(trickRow);
}

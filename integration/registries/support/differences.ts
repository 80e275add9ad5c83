import type { KnownDifference } from './compare.js';

/** All that our client does otherwise than podman and skopeo. Each has to be met in a full run, or it is no difference. */
export const knownDifferences: readonly KnownDifference[] = [];

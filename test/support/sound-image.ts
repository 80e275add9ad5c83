import type { ImageProof } from '../../src/model/store.js';

/** What the store proves of an image with which nothing is wrong, for whatever platform. */
export function soundImage(): ImageProof {
  return { isList: false, platform: null, damage: null, unproved: null, isDeep: false };
}

import type { RemoteContent } from '../../src/model/remote-content.js';
import type { Found } from '../../src/tools/registry/found.js';
import { manifestDigest } from '../../src/tools/registry/manifest-digest.js';

/** What a registry served, as it came. */
export function foundText(text: string, digest = manifestDigest(text), mediaType = ''): Found {
  return { kind: 'found', text, bytes: Buffer.from(text), digest, mediaType };
}

/** Of an image of which nothing is to be asked. */
export const noContent: RemoteContent = {
  name: 'r.example/app',
  manifests: [],
  config: null,
  sources: [],
  hasForeignLayers: false,
};

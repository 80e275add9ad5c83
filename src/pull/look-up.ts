import { wantedPlatform } from '../model/platform.js';
import type { RegistryView } from '../model/ports.js';
import { canonicalName } from '../model/reference/reference.js';
import type { RemoteImage } from '../model/remote-image.js';
import type { Failed } from '../tools/registry/found.js';
import { hostPlatform } from '../tools/registry/host-platform.js';
import { describeArtifact, type Looked, lookUpImage } from '../tools/registry/remote-image.js';
import type { Asker, AskRegistry } from './ask-registry.js';

/**
 * What the plan step may ask registries.
 *
 * @param prefersZstd whether the podman that will pull prefers zstd where an index has both
 */
export function registryView(ask: AskRegistry, prefersZstd: () => Promise<boolean>): RegistryView {
  return {
    image: (resolved, stored) =>
      ask(resolved, async (asker) => {
        const { kind, reference, options } = resolved.image;
        if (reference.transport !== 'docker') throw new Error(`not in a registry: ${reference.text}`);
        const name = canonicalName(reference);
        const named = await asker.manifest(name);
        if (named.kind === 'failed') return named;
        if (stored.includes(named.digest)) return { kind: 'same', digest: named.digest } as const;
        if (kind === 'artifact') return withPlace(describeArtifact(named), asker);
        // What the first question brought is not asked for again.
        const manifest = async (other: string) => (other === name ? named : await asker.manifest(other));
        const wanted = wantedPlatform(options, hostPlatform());
        const looked = await lookUpImage({ ...asker, manifest }, reference, wanted, await prefersZstd());
        return withPlace(looked, asker);
      }),
    tags: (resolved) => ask(resolved, (asker) => asker.tags()),
  };
}

/** With all that podman will ask about it. */
function withPlace(
  looked: Looked,
  asker: Pick<Asker, 'place'>,
): Failed | { readonly kind: 'found'; readonly image: RemoteImage } {
  if (looked.kind === 'failed') return looked;
  const { image, manifests, config, hasForeignLayers } = looked;
  const content = { ...asker.place(), manifests, config, hasForeignLayers };
  return { kind: 'found', image: { ...image, content } };
}

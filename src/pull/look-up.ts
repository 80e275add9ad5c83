import { wantedPlatform } from '../model/platform.js';
import type { RegistryView } from '../model/ports.js';
import { canonicalName } from '../model/reference/reference.js';
import { hostPlatform } from '../tools/registry/host-platform.js';
import { describeArtifact, lookUpImage } from '../tools/registry/remote-image.js';
import type { AskRegistry } from './ask-registry.js';

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
        if (kind === 'artifact') return describeArtifact(named);
        // What the first question brought is not asked for again.
        const manifest = async (other: string) => (other === name ? named : await asker.manifest(other));
        const wanted = wantedPlatform(options, hostPlatform());
        return await lookUpImage({ ...asker, manifest }, reference, wanted, await prefersZstd());
      }),
    tags: (resolved) => ask(resolved, (asker) => asker.tags()),
  };
}

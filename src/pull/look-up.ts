import { wantedPlatform } from '../model/platform.js';
import type { RegistryView } from '../model/ports.js';
import { canonicalName, type RegistryReference, repositoryName } from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { hostPlatform } from '../tools/registry/host-platform.js';
import { describeArtifact, lookUpImage } from '../tools/registry/remote-image.js';
import type { Skopeo } from '../tools/registry/skopeo.js';
import { askThroughSkopeo } from './ask-registry.js';
import { systemTimer } from './system-timer.js';
import { tellOfWaits } from './tell-of-waits.js';
import type { WorkDirectory } from './work-directory.js';

/**
 * What the plan step may ask registries, through skopeo.
 *
 * @param limitMs how long the questions about one image may take, as in `askThroughSkopeo`
 * @param limit lets so many images be asked for at the same time
 * @param prefersZstd whether the podman that will pull prefers zstd where an index has both
 * @param say told of registries that take long to answer
 */
export function lookThroughSkopeo(
  skopeo: Skopeo,
  work: WorkDirectory,
  limitMs: number,
  limit: <T>(task: () => Promise<T>) => Promise<T>,
  prefersZstd: () => Promise<boolean>,
  signal: AbortSignal,
  say: (text: string) => void,
): RegistryView {
  const ask = tellOfWaits(
    askThroughSkopeo(skopeo, work, limitMs, signal, { timer: systemTimer, random: Math.random }),
    say,
  );
  return {
    image: (resolved, stored) =>
      limit(() =>
        ask(resolved, async (asker) => {
          const reference = inRegistry(resolved);
          const name = canonicalName(reference);
          const named = await asker.manifest(name);
          if (named.kind === 'failed') return named;
          if (stored.includes(named.digest)) return { kind: 'same', digest: named.digest } as const;
          if (resolved.image.kind === 'artifact') return describeArtifact(named);
          // What the first question brought is not asked for again.
          const manifest = async (other: string) => (other === name ? named : await asker.manifest(other));
          const wanted = wantedPlatform(resolved.image.options, hostPlatform());
          return await lookUpImage({ ...asker, manifest }, reference, wanted, await prefersZstd());
        }),
      ),
    tags: (resolved) =>
      limit(() => ask(resolved, (asker) => asker.tags(repositoryName(inRegistry(resolved))))),
  };
}

function inRegistry({ image: { reference } }: ResolvedImage): RegistryReference {
  if (reference.transport !== 'docker') throw new Error(`not in a registry: ${reference.text}`);
  return reference;
}

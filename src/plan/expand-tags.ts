import type { ResolvedImage } from '../resolve/resolve.js';
import type { RegistryView } from './plan.js';

/**
 * The images behind an AllTags=, one for each tag that the registry has. podman would list the tags without the
 * auth file, certificates and TLS setting of the pull (go.podman.io/common libimage/pull.go), and pull them one
 * after the other. The image itself where the registry cannot be asked: podman then does what it can.
 */
export async function expandTags(
  resolved: ResolvedImage,
  registry: Pick<RegistryView, 'tags'> | undefined,
): Promise<readonly ResolvedImage[]> {
  const { image } = resolved;
  const { reference, options } = image;
  if (!options.allTags?.value || reference.transport !== 'docker' || reference.registry === null)
    return [resolved];
  const listed = await registry?.tags(resolved);
  if (listed?.kind !== 'found' || listed.tags.length === 0) return [resolved];
  const repository = `${reference.registry}/${reference.repository}`;
  return listed.tags.map((tag) => {
    const text = `${repository}:${tag}`;
    return {
      ...resolved,
      source: text,
      image: {
        ...image,
        reference: { ...reference, text, tag, digest: null },
        options: { ...options, allTags: undefined },
      },
    };
  });
}

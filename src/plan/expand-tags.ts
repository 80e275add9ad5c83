import { imageKey } from '../model/image-key.js';
import type { RegistryView } from '../model/ports.js';
import type { ResolvedImage } from '../model/resolved-image.js';

/** The images, with those behind each AllTags= in its place; but a tag that is bound by itself only there. */
export async function expandAll(
  images: readonly ResolvedImage[],
  registry: Pick<RegistryView, 'tags'> | undefined,
): Promise<readonly ResolvedImage[]> {
  const bound = new Set(
    images.filter(({ image }) => !image.options.allTags?.value).map(({ image }) => imageKey(image)),
  );
  const expanded = await Promise.all(images.map((image) => expandTags(image, registry)));
  return expanded.flatMap((behind, index) =>
    behind.filter((image) => image === images[index] || !bound.has(imageKey(image.image))),
  );
}

/**
 * The images behind an AllTags=, one for each tag that the registry has. podman would list the tags without the
 * auth file, certificates and TLS setting of the pull (go.podman.io/common libimage/pull.go), and pull them one
 * after the other. The image itself where the registry cannot be asked: podman then does what it can.
 */
async function expandTags(
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
      image: {
        ...image,
        reference: { ...reference, text, tag, digest: null },
        options: { ...options, allTags: undefined },
      },
    };
  });
}

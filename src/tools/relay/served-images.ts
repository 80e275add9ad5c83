import type { ManifestContent } from '../../model/remote-content.js';
import type { ServedImage } from './relay.js';

/** What podman may ask for. */
export interface ServedImages {
  /** The number of a registry, which is given out when it is asked for. */
  numberOf(registry: string): number;
  registryOf(number: number): string | undefined;
  serve(image: ServedImage): void;
  /** What a tag or a digest names in a repository. */
  manifest(name: string, reference: string): ManifestContent | undefined;
  /** Images of a repository that have a blob. */
  withBlob(name: string, digest: string): readonly ServedImage[];
  /** Images of a repository with a manifest of that digest. */
  withManifest(name: string, digest: string): readonly ServedImage[];
}

export function newServedImages(): ServedImages {
  const registries: string[] = [];
  const repositories = new Map<string, Map<string, ServedImage>>();
  const imagesOf = (name: string) => [...(repositories.get(name)?.values() ?? [])];

  return {
    numberOf: (registry) => {
      const index = registries.indexOf(registry);
      return index === -1 ? registries.push(registry) - 1 : index;
    },
    registryOf: (number) => registries[number],
    serve: (image) => {
      const { name } = image.content;
      const images = repositories.get(name) ?? new Map<string, ServedImage>();
      repositories.set(name, images.set(image.reference, image));
    },
    manifest: (name, reference) => {
      const named = repositories.get(name)?.get(reference)?.content.manifests[0];
      if (named !== undefined || !reference.includes(':')) return named;
      for (const { content } of imagesOf(name)) {
        const manifest = content.manifests.find(({ digest }) => digest === reference);
        if (manifest !== undefined) return manifest;
      }
      return undefined;
    },
    withBlob: (name, digest) => imagesOf(name).filter((image) => hasBlob(image, digest)),
    withManifest: (name, digest) =>
      imagesOf(name).filter(({ content }) => content.manifests.some((each) => each.digest === digest)),
  };
}

/** Where its layers are not known, such as in Docker's schema 1, its manifest names them all the same. */
function hasBlob({ content, layers }: ServedImage, digest: string): boolean {
  return (
    content.config?.digest === digest ||
    layers.has(digest) ||
    content.manifests.some(({ bytes }) => bytes.includes(`"${digest}"`))
  );
}

/** The registry of `registry/repository`. */
export function registryOfName(name: string): string {
  return name.slice(0, name.indexOf('/'));
}

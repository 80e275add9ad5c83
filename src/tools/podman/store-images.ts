import type { BoundImage } from '../../model/bound-image.js';
import { canonicalName, type Reference, repositoryName } from '../../model/reference/reference.js';
import type { StoreImage } from '../../model/store.js';
import { elseAs, list, number, object, text, texts } from '../../text/shape.js';
import { printed } from './printed.js';
import type { StoreFiles } from './store-files.js';

/** The same, by what the lists of the store say, where podman cannot list them. */
export function listedImages({ images }: StoreFiles): readonly StoreImage[] {
  return [...images.values()].map(({ id, names, digest, parts }) => {
    const repositories = new Set(names.map((name) => name.replace(/@.*$|:[^:/]*$/, '')));
    const digests = parts.flatMap(({ key, digest: of }) => (key.startsWith('manifest') ? (of ?? []) : []));
    const repoDigests = [...repositories].flatMap((name) =>
      [...new Set(digests)].map((each) => `${name}@${each}`),
    );
    return { id, names, repoDigests: servedFirst(repoDigests, String(digest)), size: null };
  });
}

const rows = list(
  object({
    Id: text,
    Names: texts,
    RepoDigests: texts,
    Digest: elseAs('', text),
    Size: elseAs(null, number),
  }),
);

/** Reads what `podman images --format json` prints (podman 4.3 to 5.8 print these fields alike). */
export function parseStoreImages(json: string): readonly StoreImage[] {
  return printed(rows)(json).map(
    ({ Id: id, Names: names, RepoDigests: digests, Digest: digest, Size: size }) => ({
      id,
      names,
      repoDigests: servedFirst(digests, digest),
      size,
    }),
  );
}

function servedFirst(names: readonly string[], digest: string): readonly string[] {
  const isServed = (name: string) => name.endsWith(`@${digest}`);
  return [...names.filter(isServed), ...names.filter((name) => !isServed(name))];
}

/**
 * The image of the store that a reference names. A short name matches in whichever registry it was found, on
 * Docker Hub also behind its `library/`; what a path names is unknown before it is read.
 */
export function findImage(images: readonly StoreImage[], reference: Reference): StoreImage | undefined {
  return findImages(images, reference)[0];
}

/** All of them: there may be several for a short name, and for the digest of an index. */
export function findImages(images: readonly StoreImage[], reference: Reference): readonly StoreImage[] {
  if (reference.transport !== 'docker') return [];
  const name = canonicalName(reference);
  const matches = (stored: string) =>
    reference.registry === null ? isShortFor(name, stored) : stored === name;
  return images.filter(
    (image) => image.names.some(matches) || (reference.digest !== null && image.repoDigests.some(matches)),
  );
}

/** The images of the store that a bound image may mean: of AllTags=, which means every tag, those of any tag. */
export function imagesFor(
  { reference, options }: Pick<BoundImage, 'reference' | 'options'>,
  images: readonly StoreImage[],
): readonly StoreImage[] {
  if (reference.transport !== 'docker' || !options.allTags?.value) return findImages(images, reference);
  return images.filter((image) =>
    image.names.some((name) => {
      const tag = /:([^:/@]+)$/.exec(name)?.[1] ?? null;
      return tag !== null && findImage([{ ...image, names: [name] }], { ...reference, tag }) !== undefined;
    }),
  );
}

function isShortFor(name: string, stored: string): boolean {
  const path = stored.slice(stored.indexOf('/') + 1);
  return path === name || stored === `docker.io/library/${name}`;
}

/** The digests under which the store knows the image of this reference, each `algorithm:hex`. */
export function storedDigests(image: StoreImage, reference: Reference): readonly string[] {
  if (reference.transport !== 'docker') return [];
  const repository = repositoryName(reference);
  return image.repoDigests
    .filter((name) => name.startsWith(`${repository}@`) || reference.registry === null)
    .map((name) => name.slice(name.lastIndexOf('@') + 1));
}

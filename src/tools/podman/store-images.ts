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

/** What an image is looked for by. */
export type Wanted = Pick<BoundImage, 'reference' | 'shortNames'>;

/**
 * The images of the store that a reference names: there may be several for the digest of an index. A short name means
 * the first of its names in full that is there; where none is, whatever ends like it, of any registry. What a path names
 * is unknown before it is read.
 * Source: LookupImage and lookupImageInDigestsAndRepoTags in go.podman.io/common libimage/runtime.go.
 */
export function findImages(
  images: readonly StoreImage[],
  { reference, shortNames }: Wanted,
): readonly StoreImage[] {
  if (reference.transport !== 'docker') return [];
  const having = (matches: (stored: string) => boolean) =>
    images.filter(
      (image) => image.names.some(matches) || (reference.digest !== null && image.repoDigests.some(matches)),
    );
  const name = canonicalName(reference);
  if (reference.registry !== null) return having((stored) => stored === name);
  for (const full of shortNames?.stored ?? []) {
    const found = having((stored) => stored === full);
    if (found.length > 0) return found;
  }
  return having((stored) => stored.endsWith(`/${name}`));
}

/** All that a short name may mean, whatever registries.conf says today; else the same. */
export function imagesPerhaps(
  images: readonly StoreImage[],
  wanted: Pick<BoundImage, 'reference' | 'options' | 'shortNames'>,
): readonly StoreImage[] {
  const names = wanted.shortNames;
  if (names === undefined) return imagesFor(wanted, images);
  const each = names.stored.map((name) => ({ ...wanted, shortNames: { ...names, stored: [name] } }));
  return [...each, { ...wanted, shortNames: undefined }].flatMap((one) => imagesFor(one, images));
}

/** The images of the store that a bound image may mean: of AllTags=, which means every tag, those of any tag. */
export function imagesFor(
  { reference, options, shortNames }: Pick<BoundImage, 'reference' | 'options' | 'shortNames'>,
  images: readonly StoreImage[],
): readonly StoreImage[] {
  if (reference.transport !== 'docker' || !options.allTags?.value)
    return findImages(images, { reference, shortNames });
  return images.filter((image) =>
    image.names.some((name) => {
      const tag = /:([^:/@]+)$/.exec(name)?.[1] ?? null;
      const tagged = { reference: { ...reference, tag } };
      return tag !== null && findImages([{ ...image, names: [name] }], tagged).length > 0;
    }),
  );
}

/** The digests under which the store knows the image of this reference, each `algorithm:hex`. */
export function storedDigests(image: StoreImage, reference: Reference): readonly string[] {
  if (reference.transport !== 'docker') return [];
  const repository = repositoryName(reference);
  return image.repoDigests
    .filter((name) => name.startsWith(`${repository}@`) || reference.registry === null)
    .map((name) => name.slice(name.lastIndexOf('@') + 1));
}

import { join } from 'node:path';
import { list, object, oneOf, type Shape, text, time } from './shape.js';
import { type Damage, stateFile } from './state-file.js';
import { storeDirectory } from './store-directory.js';

/** An image that came into the store because this program pulled it. */
export interface PulledImage {
  /** As podman stores it: `registry/name:tag` or `registry/name@digest`. */
  readonly name: string;
  /** `algorithm:hex`, of the manifest or index. */
  readonly digest: string;
  /** podman's image id; a name may move on to another image, and this one is still ours. */
  readonly id: string;
  /** When it was pulled, ISO 8601. */
  readonly at: string;
}

/** What this program has pulled into one store. Whoever changes it holds the lock of the store. */
export interface PulledImages {
  /** With a damaged record nothing in the store counts as ours. */
  read(): { readonly images: readonly PulledImage[]; readonly damage: Damage | null };
  /**
   * Records images that were pulled. `idsBefore` are the images that the store had before: those are not ours,
   * unless they are recorded already, and what is recorded and was not among them was removed by someone, so
   * that it is no longer ours should it come back.
   *
   * @throws BoundImagesError `state`.
   */
  add(pulled: readonly PulledImage[], idsBefore: ReadonlySet<string>): void;
  /** @throws BoundImagesError `state`. */
  remove(removed: readonly Pick<PulledImage, 'name' | 'id'>[]): void;
}

interface Content {
  readonly schemaVersion: 1;
  readonly images: readonly PulledImage[];
}

const contentShape: Shape<Content> = object<Content>({
  schemaVersion: oneOf(1),
  images: list(object<PulledImage>({ name: text, digest: text, id: text, at: time })),
});

/** `store` is the store's root, or empty for podman's default (see storeDirectory). */
export function pulledImages(stateDirectory: string, store: string): PulledImages {
  const file = stateFile(join(storeDirectory(stateDirectory, store), 'pulled-images.json'), 1, contentShape);
  const read: PulledImages['read'] = () => {
    const content = file.read();
    return {
      images: content.kind === 'read' ? content.value.images : [],
      damage: content.kind === 'damaged' ? content.damage : null,
    };
  };
  const replace = (old: readonly PulledImage[], images: readonly PulledImage[]) => {
    const isSame = old.length === images.length && old.every((image, i) => image === images[i]);
    if (!isSame) file.write({ schemaVersion: 1, images });
  };
  return {
    read,
    add: (pulled, idsBefore) => {
      const { images: recorded } = read();
      const kept = recorded.filter(({ id }) => idsBefore.has(id));
      const ours = new Set(kept.map(({ id }) => id));
      const added = pulled.filter(
        (image) => (!idsBefore.has(image.id) || ours.has(image.id)) && !kept.some(isSameAs(image)),
      );
      replace(recorded, [...kept, ...added]);
    },
    remove: (removed) => {
      const { images: recorded } = read();
      replace(
        recorded,
        recorded.filter((image) => !removed.some(isSameAs(image))),
      );
    },
  };
}

function isSameAs({ name, id }: Pick<PulledImage, 'name' | 'id'>) {
  return (other: Pick<PulledImage, 'name' | 'id'>) => other.name === name && other.id === id;
}

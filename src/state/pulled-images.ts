import { join } from 'node:path';
import { list, object, oneOf, type Shape, text, time } from '../text/shape.js';
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
  /** What tells it from the same image, pulled by somebody else. */
  readonly stamp: string;
}

/** What the store had before something was pulled. */
export interface StoredBefore {
  /** What `read` gave. */
  readonly ours: readonly PulledImage[];
  /** IDs of all images. */
  readonly ids: ReadonlySet<string>;
}

/** What this program has pulled into one store. Whoever changes it holds the lock of the store. */
export interface PulledImages {
  /** What is still as it was pulled. With a damaged record nothing in the store counts as ours. */
  read(): { readonly images: readonly PulledImage[]; readonly damage: Damage | null };
  /**
   * Records images that were pulled. What the store had before is not ours, unless it was.
   *
   * @throws BoundImagesError `state`.
   */
  add(pulled: readonly Omit<PulledImage, 'stamp'>[], before: StoredBefore): void;
  /** @throws BoundImagesError `state`. */
  remove(removed: readonly Pick<PulledImage, 'name' | 'id'>[]): void;
}

interface Content {
  readonly schemaVersion: 1;
  readonly images: readonly PulledImage[];
}

const contentShape: Shape<Content> = object<Content>({
  schemaVersion: oneOf(1),
  images: list(object<PulledImage>({ name: text, digest: text, id: text, at: time, stamp: text })),
});

/** `stampOf` tells an image as it is now; null: it is not there. */
export function pulledImages(graphRoot: string, stampOf: (id: string) => string | null): PulledImages {
  const file = stateFile(join(storeDirectory(graphRoot), 'pulled-images.json'), 1, contentShape);
  const readAll: PulledImages['read'] = () => {
    const content = file.read();
    return {
      images: content.kind === 'read' ? content.value.images : [],
      damage: content.kind === 'damaged' ? content.damage : null,
    };
  };
  const replace = (images: readonly PulledImage[]) => {
    const old = readAll().images;
    const isSame = old.length === images.length && old.every((image, i) => image === images[i]);
    if (!isSame) file.write({ schemaVersion: 1, images });
  };
  const isOurs = ({ id, stamp }: PulledImage) => stampOf(id) === stamp;
  return {
    read: () => {
      const { images, damage } = readAll();
      return { images: images.filter(isOurs), damage };
    },
    add: (pulled, before) => {
      const oursBefore = new Set(before.ours.map(({ id }) => id));
      const added = pulled.filter(({ id }) => !before.ids.has(id) || oursBefore.has(id));
      // To pull it has changed it.
      const changed = new Set(added.map(({ id }) => id));
      const untouched = before.ours.filter(({ id }) => !changed.has(id));
      const renewed = before.ours.filter(({ id }) => changed.has(id));
      const stamped = [...renewed, ...added].flatMap((image) => {
        const stamp = stampOf(image.id);
        return stamp === null ? [] : { ...image, stamp };
      });
      const all = [...untouched, ...stamped];
      replace(all.filter((image, index) => all.findIndex(isSameAs(image)) === index));
    },
    remove: (removed) => {
      const { images } = readAll();
      replace(images.filter((image) => !removed.some(isSameAs(image))));
    },
  };
}

function isSameAs({ name, id }: Pick<PulledImage, 'name' | 'id'>) {
  return (other: Pick<PulledImage, 'name' | 'id'>) => other.name === name && other.id === id;
}

import type { ResolvedImage } from '../../model/resolved-image.js';
import type { StoreName } from '../../model/store-name.js';

/** In JSON. */
export function storeOf({ store = 'podman' }: Pick<ResolvedImage, 'store'>): StoreName {
  return store;
}

/** For a person, behind the name of an image: nothing where there is nothing to tell apart. */
export function inStore({ store }: { readonly store?: StoreName }): string {
  return store === 'bootc' ? ' (bootc’s store)' : '';
}

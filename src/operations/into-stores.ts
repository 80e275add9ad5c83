import { bindingPlaces } from '../check/binding-places.js';
import { bootcPulls } from '../check/bootc/bootc.js';
import { removedByBootc } from '../check/references.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Binding } from '../model/bound-image.js';
import { imageKey } from '../model/image-key.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { StoreName } from '../model/store-name.js';
import type { RootView } from '../root/root-view.js';
import { bootcImages } from '../scan/bootc-images.js';
import type { EntryBindings } from '../scan/scan.js';
import type { StoreChoice } from './inputs.js';

/** The stores that images may go into. bootc's comes first: it is wanted by two programs. */
export function storeNames({ store }: StoreChoice): readonly StoreName[] {
  return store === 'bootc' ? ['bootc', 'podman'] : ['podman'];
}

/** Images by the store that they go into, in the order of `storeNames`; a store without any is left out. */
export function byStore(
  images: readonly ResolvedImage[],
): readonly { readonly store: StoreName; readonly images: readonly ResolvedImage[] }[] {
  return storeNames({ store: 'bootc' })
    .map((store) => ({ store, images: images.filter((image) => (image.store ?? 'podman') === store) }))
    .filter((group) => group.images.length > 0);
}

/**
 * What bootc pulls, and keeps, goes into its store: what an entry of its directory binds, by the name that bootc itself
 * reads there, which knows neither drop-ins nor what /etc puts in place of a unit. An image that something else binds, too, is there for each of them, for either may
 * look into one store alone. What bootc would remove from its store at its next upgrade is found.
 */
export function intoStores(
  images: readonly ResolvedImage[],
  entries: readonly EntryBindings[],
  root: RootView,
  { store }: StoreChoice,
): { readonly images: readonly ResolvedImage[]; readonly diagnostics: readonly Diagnostic[] } {
  if (store !== 'bootc') return { images, diagnostics: [] };
  const kept = new Set(bootcImages(root).map(({ text }) => text));
  const isKept = ({ reference }: Binding) => kept.has(reference.text);
  const bindings = entries.flatMap((read) =>
    read.bindings.map((binding) => ({
      key: imageKey(binding),
      isBootcs: isKept(binding) && bootcPulls(read, binding),
    })),
  );
  const keysOf = (isBootcs: boolean) =>
    new Set(bindings.filter((binding) => binding.isBootcs === isBootcs).map(({ key }) => key));
  const [bootcs, others] = [keysOf(true), keysOf(false)];
  return {
    images: images.flatMap((resolved): readonly ResolvedImage[] => {
      const key = imageKey(resolved.image);
      if (!bootcs.has(key)) return [resolved];
      // Only drop-ins carry payloads, and what they bind is in podman's store.
      const own = { ...resolved, image: { ...resolved.image, payloads: [] }, store } as const;
      return others.has(key) ? [own, resolved] : [own];
    }),
    diagnostics: bindingPlaces(entries)
      .filter(({ binding }) => isKept(binding))
      .flatMap(removedByBootc),
  };
}

import type { Binding } from '../model/bound-image.js';
import type { EntryBindings } from '../scan/scan.js';
import { bootcPulls } from './bootc/bootc.js';

/** A place that binds an image. */
export interface BindingPlace {
  readonly binding: Binding;
  /** bootc pulls it from here, too, into its own store. */
  readonly isBootcs: boolean;
}

/** Every place that binds an image, once: two entries may lead to one unit. */
export function bindingPlaces(entries: readonly EntryBindings[]): readonly BindingPlace[] {
  const places = new Map<string, BindingPlace>();
  for (const read of entries) {
    for (const binding of read.bindings) {
      const { file, line, column } = binding.source;
      const place = JSON.stringify([binding.kind, file, line, column]);
      const earlier = places.get(place);
      const isBootcs = earlier?.isBootcs === true || bootcPulls(read, binding);
      places.set(place, { binding: earlier?.binding ?? binding, isBootcs });
    }
  }
  return [...places.values()];
}

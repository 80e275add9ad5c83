import type { ImageRequest } from '../model/bound-image.js';
import type { ReadEntry } from '../scan/scan.js';
import { bootcPulls } from './bootc/bootc.js';

/** A place that asks for an image. */
export interface RequestedImage {
  readonly request: ImageRequest;
  /** bootc pulls it from here, too, into its own store. */
  readonly isBootcs: boolean;
}

/** Every place that asks for an image, once: two entries may lead to one unit. */
export function requestedImages(entries: readonly ReadEntry[]): readonly RequestedImage[] {
  const places = new Map<string, RequestedImage>();
  for (const read of entries) {
    for (const request of read.requests) {
      const { file, line, column } = request.source;
      const place = JSON.stringify([request.kind, file, line, column]);
      const earlier = places.get(place);
      const isBootcs = earlier?.isBootcs === true || bootcPulls(read, request);
      places.set(place, { request: earlier?.request ?? request, isBootcs });
    }
  }
  return [...places.values()];
}

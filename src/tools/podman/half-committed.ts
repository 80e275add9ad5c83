import { errorText } from '../../model/error.js';

/**
 * The ID of the image over which podman cannot list its images, if `error` says so: a podman before 5 that was killed
 * while it committed that image has left it without a manifest, and another image has been built on its layers, which
 * podman compares. It is of no use to anybody; without it, its layers stay, as those of the other one.
 * Source: go.podman.io/storage images.go, `BigData`; common libimage/layer_tree.go, `parent`.
 */
export function halfCommittedImage(error: unknown): string | undefined {
  return /locating item named "manifest" for image with ID "([0-9a-f]{64})"/.exec(errorText(error))?.[1];
}

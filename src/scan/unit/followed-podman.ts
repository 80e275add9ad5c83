/**
 * The podman whose way of reading a root is followed. All that are known read alike but for a few things, in which
 * podman 6 differs from 5.8; which of them boots, a root does not say.
 */
export interface FollowedPodman {
  /** Whether it is podman 6 or newer: asked only where that changes what is read, so that who counts knows of it. */
  readonly isSix: () => boolean;
}

export const podman6: FollowedPodman = { isSix: () => true };

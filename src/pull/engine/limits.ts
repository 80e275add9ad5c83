/**
 * Bytes from which a blob is worth waiting for while another podman fetches it. Below, waiting costs more, since podman
 * commits a layer only after all those below it; the empty layer that many builders write (32 bytes) would otherwise
 * tie images that share nothing else.
 */
export const bigBytes = 64 * 1024;

/** The next blob of a host begins when less than a window is still to come: what the host gives in this time. */
export const windowMs = 100;
export const leastWindow = 2_000_000;
export const mostWindow = 16_000_000;

/** A blob of which nothing comes for so long leaves the link to the next. */
export const idleMs = 2000;

/** Blobs of one host at the same time: so many connections the client has. */
export const mostFetches = 32;

/** Bytes after which a fetch that failed before counts as one that gets on. */
export const progressBytes = 1024 * 1024;

/**
 * A podman that gets less than this in a second, and does not work, waits for bytes; told a little later, since podmans
 * are looked at once a second.
 */
export const busyBytes = 1_000_000;
export const busySpanMs = 1000;
export const busyMs = 1300;

/** After so long, a podman that waits for bytes no longer holds back the images behind. */
export const patienceMs = 3000;

/** What comes more slowly than both is asked for again: in bytes a second, and as a share of what its host has given. */
export const trickleRate = 50_000;
export const trickleShare = 0.01;
export const trickleMs = 30_000;

/** Of the images that are left, so much of each lane's share goes into its next list: the later ones level it out. */
export const listShare = 0.75;

/**
 * So many images at most that are not here yet: their bytes come one image after the other, and until the last one's have
 * begun to come, no other podman has anything to do.
 */
export const mostAhead = 4;

/** The stores of a host: that of its podman, and bootc's own, into which it pulls what is bound in its directory. */
export type StoreName = 'podman' | 'bootc';

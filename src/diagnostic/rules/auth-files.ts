/** What is wrong with auth files that podman takes. */
export const authFiles = {};

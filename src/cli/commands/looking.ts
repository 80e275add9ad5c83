/** The commands that ask a store and no registry, loaded together: what each of them needs all of them need. */
export { doctor } from './doctor.js';
export { gate } from './gate.js';
export { linkPayloads } from './link-payloads.js';
export { mount } from './mount.js';
export { prune } from './prune.js';
export { status } from './status.js';

/** The commands that look at a store, loaded together: most of what each needs all of them need. */
export { gate } from './gate.js';
export { plan } from './plan.js';
export { prune } from './prune.js';
export { pull } from './pull.js';
export { stage } from './stage.js';
export { status } from './status.js';

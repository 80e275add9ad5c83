/** The commands that ask registries for images, loaded together: what each of them needs all of them need. */
export { extract } from './extract.js';
export { inspect } from './inspect.js';
export { plan } from './plan.js';
export { prefetch } from './prefetch.js';
export { pull } from './pull.js';
export { stage } from './stage.js';

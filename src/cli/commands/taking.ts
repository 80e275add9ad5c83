/** The commands that look into images, loaded together. */
export { extract } from './extract.js';
export { inspect } from './inspect.js';

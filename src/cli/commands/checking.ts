/** The commands for who writes a root, loaded together: what each of them needs all of them need. */
export { check } from './check.js';
export { explain } from './explain.js';
export { init } from './init.js';
export { licenses } from './licenses.js';

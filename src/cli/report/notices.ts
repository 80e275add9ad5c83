import type { Notice } from './licenses.js';

/** Of this program and of every package that is bundled with it, put in when it is built. */
declare const BOUND_IMAGES_NOTICES: string;

export const notices: readonly Notice[] = JSON.parse(BOUND_IMAGES_NOTICES);
